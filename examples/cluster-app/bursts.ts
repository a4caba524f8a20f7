import type { Bus } from '@clusterbus/client'
import type { Events } from './events.ts'

/** In a burst, publishes as fast as the bus takes it, and checks the numbers of all that the other workers publish. */
export function takePartInBursts(bus: Bus<Events>, worker: string): void {
  let others = 0
  let published = 0
  let faults = 0
  let received = new Map<string, number>()

  bus.subscribe('burst.begin', async ({ durationMs, workers }) => {
    others = workers - 1
    published = await publishFor(bus, worker, durationMs)
    bus.publish('burst.end', { worker, published })
  })

  bus.subscribe('burst.message', ({ worker: sender, number }) => {
    const expected = (received.get(sender) ?? 0) + 1
    if (number !== expected) faults += 1
    received.set(sender, expected)
  })

  // Messages of one publisher arrive in order: whatever came before its end is here now.
  let ended = 0
  bus.subscribe('burst.end', ({ worker: sender, published: sent }) => {
    if (sender !== worker && received.get(sender) !== sent) faults += 1
    ended += 1
    if (ended <= others) return
    const total = [...received.values()].reduce((sum, each) => sum + each, 0)
    bus.publish('burst.report', { worker, published, received: total, faults })
    ended = faults = 0
    received = new Map()
  })
}

async function publishFor(bus: Bus<Events>, worker: string, durationMs: number): Promise<number> {
  const end = performance.now() + durationMs
  let number = 0
  while (performance.now() < end) {
    number += 1
    const goOn = bus.publish('burst.message', { worker, number }, { echo: false })
    if (!goOn) await bus.flush()
  }
  return number
}
