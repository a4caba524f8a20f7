import type { Limits } from '@clusterbus/protocol'
import {
  type Place,
  type ProcessBroker,
  registerProcessBroker,
  systemClock,
  unregisterProcessBroker,
} from '@clusterbus/transport'
import { BrokerCore } from './core/broker-core.ts'
import { connectInProcess } from './node/create-broker.ts'
import { ElectedHost } from './node/elected-host.ts'
import { formerLeases } from './node/former-leases.ts'

/**
 * A broker for a process that runs alone: it serves the buses of this process and nothing else, with all that a broker
 * promises, under the limits of the bus that it is started for. It gives way to one that the app creates.
 */
export function startLocalBroker(limits: Limits): ProcessBroker {
  const core = new BrokerCore({
    limits,
    stallMs: 1_000,
    formerLeasesUntil: formerLeases.until,
    clock: systemClock,
    report: (error) => process.emitWarning(error),
  })
  const broker: ProcessBroker = {
    connect: (...told) => connectInProcess(core, ...told),
    giveWay: () => {
      unregisterProcessBroker(broker)
      core.leasing.stopLeasing()
      formerLeases.keep(core.leasing.leasesUntil)
      // What its buses have handed over arrives within the next turn, and is still delivered.
      setImmediate(() => setImmediate(() => void core.drain(1_000)))
    },
  }
  registerProcessBroker(broker)
  return broker
}

/**
 * Hosts a broker at a path, for all processes of this user, unless another process does; returns `undefined` then. The
 * holder of `silentId` does not answer any more, and loses the path. Throws `NOT_ALLOWED` for a path that cannot be used.
 */
export async function hostAtPath(
  place: Place,
  limits: Limits,
  silentId: string | undefined,
): Promise<ElectedHost | undefined> {
  const host = new ElectedHost(place, limits)
  return (await host.open(silentId)) ? host : undefined
}
