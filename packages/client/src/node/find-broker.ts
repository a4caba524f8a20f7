import type { Limits } from '@clusterbus/protocol'
import cluster from 'node:cluster'
import { isMainThread } from 'node:worker_threads'
import { badOption } from '../core/check-arguments.ts'
import type { Connector } from '../core/connection.ts'
import { ForkedConnector, knownParent } from './forked-connector.ts'
import { IpcConnector } from './ipc-connector.ts'
import { PathConnector } from './path-connector.ts'
import { ProcessConnector } from './process-connector.ts'
import { threadChannel } from './threads.ts'
import type { Whereat } from './whereat.ts'

/** What a bus says of itself to a broker, and what its owner has said of where that is. */
export interface Whereabouts {
  readonly name: string | undefined
  /** Tells the bus from all others, over several links too. */
  readonly bus: string
  readonly broker: 'auto' | 'local' | 'parent'
  readonly at: Whereat | undefined
  readonly limits: Limits
}

// PM2 gives each process of an app its number in this.
const isUnderPm2 = process.env['pm_id'] !== undefined
const electOne =
  "under PM2 no code of yours runs in the primary: use createBus({ path, host: 'elect' }), or run clusterbus-broker"
const attachIt = isUnderPm2 ? electOne : 'call broker.attach(child) in the process that has started this one'
const createIt = isUnderPm2 ? electOne : undefined

/** How a bus of this process finds its broker: it depends on what kind of process this is. Throws `BAD_OPTION`. */
export function findBroker({ name, bus, broker, limits, at }: Whereabouts): Connector {
  if (at !== undefined) return new PathConnector(at, name, bus, limits)
  // Once open, the channel leaves `send` behind when it closes. Threads have none, and throw when they are asked.
  const hasParent = isMainThread && process.send !== undefined
  if (broker === 'parent') {
    if (!hasParent) throw noParent()
    return new IpcConnector(process, name, bus, cluster.isWorker ? createIt : attachIt)
  }
  const alone = new ProcessConnector(name, bus, limits, undefined)
  if (broker === 'local') return alone
  if (cluster.isWorker) return new ProcessConnector(name, bus, limits, new IpcConnector(process, name, bus, createIt))
  const channel = threadChannel()
  if (channel !== undefined) {
    const served = new ProcessConnector(name, bus, limits, new IpcConnector(channel, name, bus))
    return new ForkedConnector(channel, served, alone, channel)
  }
  if (!hasParent) return alone
  const parent = new IpcConnector(process, name, bus, attachIt)
  return new ForkedConnector(process, new ProcessConnector(name, bus, limits, parent), alone, knownParent)
}

function noParent(): Error {
  const remedy = "start it with child_process.fork(), or with spawn() and 'ipc' in its stdio, or leave the option out"
  return badOption('broker', `createBus: broker is 'parent', but this process has no IPC channel to one; ${remedy}`)
}
