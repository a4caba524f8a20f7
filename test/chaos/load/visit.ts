import { type Bus, BusError, createBus } from '@clusterbus/client'

/** What became of a short visit. */
export interface Visit {
  /** Codes with which the link was lost, or not found, each time. */
  readonly lost: readonly string[]
  /** Whether the bus has heard itself in the end. */
  readonly reached: boolean
}

/**
 * A bus of its own that subscribes, publishes, asks, has a message confirmed, and may lose its link somewhere in between; then it must find its
 * broker again, and hear itself. After `patienceMs` it is closed, and whatever still waits must end by that.
 */
export async function visit(topic: string, patienceMs: number): Promise<Visit> {
  const bus = createBus({ name: 'visitor', connectTimeout: patienceMs / 2 })
  const lost: string[] = []
  bus.on('error', ({ code }) => lost.push(code))
  bus.on('disconnect', ({ code }) => lost.push(code))
  const enough = setTimeout(() => void bus.close(), patienceMs)
  try {
    return { lost, reached: await speak(bus, topic) }
  } catch (error) {
    if (!(error instanceof BusError)) throw error
    return { lost: [...lost, error.code], reached: false }
  } finally {
    clearTimeout(enough)
    await bus.close()
  }
}

/** Resolves when it has heard itself. */
async function speak(bus: Bus, topic: string): Promise<boolean> {
  let heard = false
  bus.subscribe(`${topic}.*`, () => undefined)
  bus.subscribe(`${topic}.end`, () => (heard = true))
  bus.publish(`${topic}.a`, 'text', { headers: { name: 'value' } })
  bus.publish(`${topic}.a`, [1, 2, 3])
  await bus.request(`${topic}.nobody`, 1).catch(refusal)
  await bus.publish(`${topic}.a`, 'sure', { confirm: 'handled' }).catch(refusal)
  while (!heard) {
    bus.publish(`${topic}.end`, 'end')
    // It may be lost meanwhile; then it is found again, or there is an end to our patience.
    await bus.flush().catch(refusal)
    await bus.ready().catch(refusal)
  }
  return heard
}

/** Any refusal will do, but the one that tells that the bus is closed. */
function refusal(error: unknown): void {
  if (!(error instanceof BusError) || error.code === 'CLOSED') throw error
}
