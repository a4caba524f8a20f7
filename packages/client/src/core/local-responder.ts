import type { Message } from '../bus.ts'
import { Registration } from './registration.ts'
import { isThenable } from './running-handlers.ts'

/** How a request ended at this responder. */
export interface Outcome {
  readonly value: unknown
  /** Whether `value` was thrown. */
  readonly failed: boolean
}

/** One responder of this bus: runs its handler for each request, as many at a time as there are. */
export class LocalResponder extends Registration {
  #running = 0

  /** Takes a request. `reply` is called once, unless the responder has ended; returns whether it will be. */
  handle(message: Message, reply: (outcome: Outcome) => void): boolean {
    const { handler } = this.spec
    if (!this.takesMessages || handler === undefined) return false
    const { running, hooks } = this.owner
    const run = running.begin(this)
    this.#running += 1
    const settle = (value: unknown, failed: boolean): void => {
      this.#running -= 1
      reply({ value, failed })
      running.end(run)
      this.closeWhenDone()
    }
    try {
      const result = hooks.inward.call(this, run, handler, message)
      if (isThenable(result)) {
        // A thenable may settle twice; a promise of it does not.
        Promise.resolve(result).then(
          (value) => settle(value, false),
          (cause: unknown) => settle(cause, true),
        )
      } else {
        settle(result, false)
      }
    } catch (cause) {
      settle(cause, true)
    }
    return true
  }

  protected override get isDone(): boolean {
    return this.#running === 0
  }

  protected override dropWaiting(): void {}

  protected override ended(): void {}
}
