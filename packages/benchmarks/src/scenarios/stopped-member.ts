import { setTimeout as pause } from 'node:timers/promises'
import { Arena, type Servers } from '../arena/arena.ts'
import { streamRound, type StreamPlan, type StreamRound, subscribeAll } from '../arena/stream.ts'
import { residentBytesOf } from '../arena/usage.ts'
import type { Contender, Entrant, Round, Setup } from '../contest/entrant.ts'
import type { Scenario } from '../contest/scenario.ts'
import { type PeerName, peers } from '../peers/catalogue.ts'
import { startServer } from '../servers/servers.ts'

const bytes = 1024
/** What the slowest peer has through, with a margin. */
const paceOfAll = 10_000
const warmUpMs = 1_000
/** NATS waits ten seconds for a subscriber, and lets others wait with it, before it drops it. */
const quietMs = 15_000
/** How often another process is asked for its memory. */
const lookEveryMs = 100

/** One subscriber of two is stopped: what that costs whoever stands between, and the other subscriber. */
export const stoppedMember: Scenario = {
  name: 'stopped-member',
  title: 'One of two subscribers is stopped (SIGSTOP), 1 KiB',
  note: `Broker: the primary, or the server where there is one, by its own defaults. Grows: most while one is stopped, less what it was before. Late: how long after it was due a message was published at worst. Alone: without the stopped one, on another topic, just before. ${paceOfAll.toLocaleString('en')} messages a second, or as many as it takes`,
  byNameOnly: true,
  rounds: 1,
  windowMs: 20_000,
  figures: [
    { name: 'residentBytes', label: 'resident grows', unit: 'bytes' },
    { name: 'heapBytes', label: 'heap grows', unit: 'bytes' },
    { name: 'aloneP50Ns', label: 'alone p50', unit: 'ns' },
    { name: 'p50Ns', label: 'p50', unit: 'ns' },
    { name: 'aloneP99Ns', label: 'alone p99', unit: 'ns' },
    { name: 'p99Ns', label: 'p99', unit: 'ns' },
    { name: 'p99Ratio', label: 'p99 ratio', unit: 'times' },
    { name: 'latestNs', label: 'late', unit: 'ns' },
    { name: 'alonePerSecond', label: 'alone rate', unit: 'perSecond' },
    { name: 'perSecond', label: 'rate', unit: 'perSecond' },
  ],
  comparisons: [],
  entrants: [
    entrant('clusterbus', paceOfAll),
    entrant('clusterbus', undefined),
    entrant('process-send', paceOfAll),
    entrant('ioredis', paceOfAll),
    entrant('nats', paceOfAll),
  ],
}

function entrant(peer: PeerName, perSecond: number | undefined): Entrant {
  const isPaced = perSecond !== undefined
  return {
    name: isPaced ? peer : `${peer}-full`,
    title: isPaced ? peers[peer].title : `${peers[peer].title}, full rate`,
    peer,
    open: (setup) => open(peer, setup, perSecond),
  }
}

async function open(peer: PeerName, { windowMs }: Setup, perSecond: number | undefined): Promise<Contender> {
  const { needs } = peers[peer]
  // One of its own: those that all share let subscribers lag without a bound.
  const server = needs && (await startServer(needs, 'default'))
  const servers: Servers = needs !== undefined && server !== undefined ? { [needs]: server } : {}
  const arena = await Arena.open(peer, servers, 3)
  const stoppable = arena.workers[2]
  const pid = (await stoppable?.pid()) ?? 0
  const [alone, together] = [planOf('alone'), planOf('together')]
  await subscribeAll(arena, { ...alone, subscribers: [[...alone.topics, ...together.topics]] })
  await stoppable?.hold(together.topics)
  const pace = { timed: true, quietMs, ...(perSecond !== undefined && { perSecond }) }
  let isWarm = false
  return {
    round: () =>
      arena.whileAlive(
        (async (): Promise<Round> => {
          if (!isWarm) {
            isWarm = true
            const { lost, disordered } = await streamRound(arena, together, { ms: warmUpMs, ...pace })
            return { values: {}, lost, disordered }
          }
          const without = await streamRound(arena, alone, { ms: windowMs, ...pace })
          const memory = await watchBroker(arena, server?.pid)
          process.kill(pid, 'SIGSTOP')
          try {
            const beside = await streamRound(arena, together, { ms: windowMs, ...pace })
            return roundOf(without, beside, await memory())
          } finally {
            process.kill(pid, 'SIGCONT')
          }
        })(),
      ),
    async close() {
      // It would not notice that its primary ends.
      if (pid > 0) wake(pid)
      await arena.close()
      await server?.stop()
    },
  }
}

function planOf(topic: 'alone' | 'together'): StreamPlan {
  return { publishers: 1, subscribers: [[`stopped.${topic}`]], topics: [`stopped.${topic}`], bytes }
}

interface Growth {
  readonly residentBytes: number | undefined
  readonly heapBytes: number | undefined
}

/** Looks at the memory of what stands between the workers until what is returned is called. */
async function watchBroker(arena: Arena, serverPid: number | undefined): Promise<() => Promise<Growth>> {
  if (serverPid === undefined) {
    const before = await arena.primary.memory()
    await arena.primary.watchMemory()
    return async () => {
      const most = await arena.primary.mostMemory()
      return {
        residentBytes: most.residentBytes - before.residentBytes,
        heapBytes: most.heapBytes - before.heapBytes,
      }
    }
  }
  const before = residentBytesOf(serverPid)
  let most = before
  const over = new AbortController()
  const watching = (async () => {
    while (!over.signal.aborted) {
      const now = residentBytesOf(serverPid)
      if (now !== undefined && most !== undefined) most = Math.max(most, now)
      await pause(lookEveryMs)
    }
  })()
  return async () => {
    over.abort()
    await watching
    return {
      residentBytes: most === undefined || before === undefined ? undefined : most - before,
      heapBytes: undefined,
    }
  }
}

function roundOf(alone: StreamRound, together: StreamRound, growth: Growth): Round {
  const [without, beside] = [alone.latency, together.latency]
  return {
    values: {
      ...growth,
      aloneP50Ns: without?.p50Ns,
      p50Ns: beside?.p50Ns,
      aloneP99Ns: without?.p99Ns,
      p99Ns: beside?.p99Ns,
      p99Ratio: without && beside && beside.p99Ns / without.p99Ns,
      latestNs: together.latestNs,
      alonePerSecond: alone.perSecond,
      perSecond: together.perSecond,
    },
    lost: alone.lost + together.lost,
    disordered: alone.disordered + together.disordered,
  }
}

function wake(pid: number): void {
  try {
    process.kill(pid, 'SIGCONT')
  } catch {
    // It has ended already.
  }
}
