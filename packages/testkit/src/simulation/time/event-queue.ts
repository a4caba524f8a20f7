import type { SimulatedProcess } from './simulated-process.ts'

/** Something that will happen. */
export interface SimulatedEvent {
  /** Virtual milliseconds. */
  at: number
  /** Of two events of the same moment, the one with the lower rank is first. */
  readonly rank: number
  /** Of two with the same rank, the one that was scheduled first. */
  sequence: number
  /** In whose life it happens; not while that is stopped, and never when it has ended. */
  readonly process: SimulatedProcess | undefined
  /** `undefined` once it was called off. */
  callback: (() => void) | undefined
}

/** Events by time, then rank, then the order in which they were scheduled: a binary heap without ties. */
export class EventQueue {
  readonly #heap: SimulatedEvent[] = []

  push(event: SimulatedEvent): void {
    const heap = this.#heap
    let index = heap.length
    heap.push(event)
    while (index > 0) {
      const parent = (index - 1) >> 1
      const above = heap[parent]
      if (above === undefined || isBefore(above, event)) break
      heap[index] = above
      index = parent
    }
    heap[index] = event
  }

  peek(): SimulatedEvent | undefined {
    return this.#heap[0]
  }

  pop(): SimulatedEvent | undefined {
    const heap = this.#heap
    const first = heap[0]
    const last = heap.pop()
    if (last === undefined || last === first) return first
    let index = 0
    for (;;) {
      let child = 2 * index + 1
      let below = heap[child]
      const right = heap[child + 1]
      if (right !== undefined && below !== undefined && isBefore(right, below)) {
        below = right
        child += 1
      }
      if (below === undefined || isBefore(last, below)) break
      heap[index] = below
      index = child
    }
    heap[index] = last
    return first
  }
}

function isBefore(a: SimulatedEvent, b: SimulatedEvent): boolean {
  if (a.at !== b.at) return a.at < b.at
  return a.rank !== b.rank ? a.rank < b.rank : a.sequence < b.sequence
}
