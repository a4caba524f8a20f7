import { Program, programPath } from '../arena/program.ts'
import type { Memory } from '../arena/usage.ts'
import type { Contender, Round } from '../contest/entrant.ts'
import type { Scenario } from '../contest/scenario.ts'
import type { FootprintApi, WorkerKind } from '../footprint/primary.ts'

/** What the client adds to a worker. */
export const footprintWorker: Scenario = {
  name: 'footprint-worker',
  title: 'Footprint: client in a worker',
  note: 'Workers with and without a bus, started in turn; the differences within each pair. Start: fork to bus created',
  rounds: 21,
  windowMs: 0,
  figures: [
    { name: 'startMs', label: 'adds to start', unit: 'ms' },
    { name: 'residentBytes', label: 'adds resident', unit: 'bytes' },
    { name: 'bareStartMs', label: 'start without', unit: 'ms' },
    { name: 'bareResidentBytes', label: 'resident without', unit: 'bytes' },
  ],
  comparisons: [],
  entrants: [{ name: 'client', title: '@clusterbus/client', peer: 'clusterbus', open: async () => openPairs() }],
}

/** What an idle member adds to the broker. */
export const footprintBroker: Scenario = {
  name: 'footprint-broker',
  title: 'Footprint: idle member in the broker',
  note: 'Primaries with 48 idle workers each, with and without a bus; the difference, for each worker, after gc. Heap: heapUsed + external',
  rounds: 3,
  windowMs: 0,
  figures: [
    { name: 'heapBytes', label: 'heap', unit: 'bytes' },
    { name: 'residentBytes', label: 'resident', unit: 'bytes' },
  ],
  comparisons: [],
  entrants: [
    {
      name: 'member',
      title: 'one idle member',
      peer: 'clusterbus',
      open: async () => ({ round: membersRound, close: () => Promise.resolve() }),
    },
  ],
}

const idleMembers = 48
/** Workers that start at a time. */
const atOnce = 4

function startPrimary(): Program<FootprintApi> {
  return new Program('the primary of the footprint', programPath('../footprint/primary', import.meta.url))
}

function openPairs(): Contender {
  const primary = startPrimary()
  return {
    async round(): Promise<Round> {
      const bare = await primary.whileAlive(primary.api.start('bare'))
      const bus = await primary.whileAlive(primary.api.start('bus'))
      await primary.whileAlive(primary.api.stop())
      return {
        values: {
          startMs: bus.startMs - bare.startMs,
          residentBytes: bus.residentBytes - bare.residentBytes,
          bareStartMs: bare.startMs,
          bareResidentBytes: bare.residentBytes,
        },
      }
    },
    close: () => primary.close(),
  }
}

async function membersRound(): Promise<Round> {
  const bare = await memoryWithIdle('bare')
  const bus = await memoryWithIdle('bus')
  return {
    values: {
      heapBytes: (bus.heapBytes - bare.heapBytes) / idleMembers,
      residentBytes: (bus.residentBytes - bare.residentBytes) / idleMembers,
    },
  }
}

async function memoryWithIdle(kind: WorkerKind): Promise<Memory> {
  const primary = startPrimary()
  try {
    for (let started = 0; started < idleMembers; started += atOnce) {
      await primary.whileAlive(Promise.all(Array.from({ length: atOnce }, () => primary.api.start(kind))))
    }
    return await primary.whileAlive(primary.api.memory())
  } finally {
    await primary.close()
  }
}
