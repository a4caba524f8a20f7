import type { Handler, Message, SubscriptionStream } from '../bus.ts'
import { Fifo } from './fifo.ts'
import { Registration } from './registration.ts'
import { type HandlerRun, isThenable } from './running-handlers.ts'

type Result = IteratorResult<Message, undefined>

/** One subscription of this bus: hands messages on, one after the other, to its handler or its iterators. */
export class LocalSubscription extends Registration implements SubscriptionStream {
  #taken = 0
  readonly #queue = new Fifo<Message>()
  /** The handler's run, while it is at work. */
  #run: HandlerRun | undefined
  #inBurst = false
  #untold = 0
  #lastDropped = ''
  readonly #waiting: ((result: Result) => void)[] = []

  override get remaining(): number {
    return this.spec.max === 0 ? 0 : this.spec.max - this.#taken
  }

  /** Takes a message that matches. */
  deliver(message: Message): void {
    if (!this.takesMessages) return
    const { handler } = this.spec
    const idle = handler !== undefined && this.#run === undefined
    if (!idle && this.#queue.length >= this.owner.queuedMessagesMax) {
      this.#drop(message)
      this.missed()
      return
    }
    this.#taken += 1
    if (!idle) this.#queue.push(message)
    // The run is begun before the end is looked for, so that whoever waits for the end waits for this message too.
    if (idle) this.#work(handler, message)
    else if (handler === undefined) this.#handToIterator()
    if (this.#taken === this.spec.max) this.finish()
  }

  /** A message was lost on the last step. The broker has given it to this member of its group, and counts it. */
  missed(): void {
    if (this.group === undefined || !this.takesMessages) return
    this.#taken += 1
    if (this.#taken === this.spec.max) this.finish()
  }

  [Symbol.asyncIterator](): AsyncIterableIterator<Message, undefined> {
    const iterator: AsyncIterableIterator<Message, undefined> = {
      next: () => new Promise((resolve) => this.#next(resolve)),
      return: () => {
        this.unsubscribe()
        return Promise.resolve({ done: true, value: undefined })
      },
      [Symbol.asyncIterator]: () => iterator,
    }
    return iterator
  }

  protected override get isDone(): boolean {
    return this.#run === undefined && this.#queue.length === 0
  }

  protected override dropWaiting(): void {
    this.#queue.clear()
  }

  protected override ended(): void {
    this.#tellDropped()
    for (const resolve of this.#waiting.splice(0)) resolve({ done: true, value: undefined })
  }

  #next(resolve: (result: Result) => void): void {
    if (this.isClosed) {
      resolve({ done: true, value: undefined })
      return
    }
    this.#waiting.push(resolve)
    this.#handToIterator()
  }

  #handToIterator(): void {
    while (this.#waiting.length > 0 && this.#queue.length > 0) {
      const message = this.#queue.shift()
      const resolve = this.#waiting.shift()
      if (message !== undefined) resolve?.({ done: false, value: message })
    }
    this.#tellDropped()
    this.closeWhenDone()
  }

  /** Works on `first` and on all that waits behind it, until the handler returns a promise. */
  #work(handler: Handler, first: Message): void {
    const { running } = this.owner
    const run = running.begin(this)
    this.#run = run
    for (let message: Message | undefined = first; message !== undefined; message = this.#queue.shift()) {
      const current = message
      try {
        const result = running.call(run, handler, current.data, current)
        if (isThenable(result)) {
          // A thenable may settle twice; a promise of it does not.
          Promise.resolve(result).then(
            () => this.#settled(handler, run),
            (cause: unknown) => {
              this.owner.handlerFailed(this.pattern, current, cause)
              this.#settled(handler, run)
            },
          )
          return
        }
      } catch (cause) {
        this.owner.handlerFailed(this.pattern, current, cause)
      }
    }
    this.#rest(run)
  }

  #settled(handler: Handler, run: HandlerRun): void {
    const next = this.#queue.shift()
    if (next === undefined) {
      this.#rest(run)
    } else {
      this.#tellDropped()
      // The next run begins before this one ends, so that a drain never sees none in between.
      this.#work(handler, next)
      this.owner.running.end(run)
    }
  }

  #rest(run: HandlerRun): void {
    this.#run = undefined
    this.#tellDropped()
    this.owner.running.end(run)
    this.closeWhenDone()
  }

  /** The first of a burst is told at once, the others when there is room again. */
  #drop(message: Message): void {
    this.owner.dropped()
    this.#lastDropped = message.topic
    if (this.#inBurst) this.#untold += 1
    else this.owner.slow({ pattern: this.pattern, topic: message.topic, dropped: 1 })
    this.#inBurst = true
  }

  #tellDropped(): void {
    const dropped = this.#untold
    this.#untold = 0
    this.#inBurst = false
    if (dropped > 0) this.owner.slow({ pattern: this.pattern, topic: this.#lastDropped, dropped })
  }
}
