import type { Link, LinkReceiver } from '@clusterbus/protocol'
import assert from 'node:assert/strict'

/** Most steps in one go. A few bytes that keep broker and members busy for longer would be an attack. */
const stepsMax = 5_000

/** The turns of everybody in a little world, one after the other, in the hand of a test. */
export class Pump {
  #tasks: (() => void)[] = []

  later(task: () => void): void {
    this.#tasks.push(task)
  }

  /** Runs until nothing is left to do. Throws when that takes too long. */
  run(): void {
    let steps = 0
    for (let tasks = this.#tasks; tasks.length > 0; tasks = this.#tasks) {
      this.#tasks = []
      for (const task of tasks) task()
      steps += tasks.length
      assert.ok(steps <= stepsMax, 'it does not come to rest')
    }
  }
}

/** The two ends of a link whose bytes arrive when the pump runs. */
export function pumpedPair(pump: Pump): [PumpedLink, PumpedLink] {
  const left = new PumpedLink(pump)
  const right = new PumpedLink(pump)
  left.peer = right
  right.peer = left
  return [left, right]
}

export class PumpedLink implements Link {
  readonly #pump: Pump
  readonly bufferedBytes = 0
  peer: PumpedLink = this
  isClosed = false
  #receiver: LinkReceiver | undefined
  #inbox: (readonly Buffer[])[] = []
  #isPaused = false
  #isEnded = false
  #peerEnded = false

  constructor(pump: Pump) {
    this.#pump = pump
  }

  open(receiver: LinkReceiver): void {
    this.#receiver = receiver
    this.#schedule()
  }

  write(segments: readonly Buffer[]): boolean {
    if (this.isClosed || this.#isEnded) return false
    this.peer.#inbox.push(segments)
    this.peer.#schedule()
    return true
  }

  pause(): void {
    this.#isPaused = true
  }

  resume(): void {
    this.#isPaused = false
    this.#schedule()
  }

  end(): void {
    this.#isEnded = true
    this.peer.#peerEnded = true
    this.peer.#schedule()
  }

  destroy(): void {
    this.#close()
    this.peer.#close()
  }

  ref(): void {}

  unref(): void {}

  #schedule(): void {
    this.#pump.later(() => this.#deliver())
  }

  #deliver(): void {
    while (!this.#isPaused && !this.isClosed && this.#receiver !== undefined) {
      const segments = this.#inbox.shift()
      if (segments === undefined) {
        if (this.#peerEnded) this.destroy()
        return
      }
      for (const segment of segments) if (!this.isClosed) this.#receiver.onChunk(segment)
    }
  }

  #close(): void {
    if (this.isClosed) return
    this.isClosed = true
    this.#inbox = []
    this.#pump.later(() => this.#receiver?.onClose())
  }
}
