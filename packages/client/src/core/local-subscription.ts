import type { Handler, Message, SubscriptionStream } from '../bus.ts'
import { BoundedQueue, type QueueTerms, withGap } from './bounded-queue.ts'
import { handlerFailedError } from './handler-failed.ts'
import type { Inward } from './hooks/inward.ts'
import { Registration, type RegistrationOwner, type RegistrationSpec } from './registration.ts'
import { type HandlerRun, isThenable } from './running-handlers.ts'
import type { WaitingMessage } from './waiting-messages.ts'

type Result = IteratorResult<Message, undefined>

/** One subscription of this bus: hands messages on, one after the other, to its handler or its iterators. */
export class LocalSubscription extends Registration implements SubscriptionStream {
  #taken = 0
  readonly #queue: BoundedQueue
  /** The handler's run, while it is at work. */
  #run: HandlerRun | undefined
  /** Whether a message is on its way through interceptors to an iterator. */
  #isHanding = false
  #inBurst = false
  #untold = 0
  #lastDropped = ''
  readonly #waiting: ((result: Result) => void)[] = []

  constructor(spec: RegistrationSpec, owner: RegistrationOwner, terms: QueueTerms) {
    super(spec, owner)
    this.#queue = new BoundedQueue(terms, {
      dropped: (message) => this.#drop(message),
      full: () => owner.flow.full(this),
      relieved: () => owner.flow.relieved(this),
      overrun: () => owner.flow.overrun(this),
    })
  }

  override get remaining(): number {
    return this.spec.max === 0 ? 0 : this.spec.max - this.#taken
  }

  /** Takes a message that matches, with a payload of so many bytes. */
  deliver(message: Message, bytes: number): void {
    if (!this.takesMessages) return this.#handled(message)
    const { handler } = this.spec
    const idle = handler !== undefined && this.#run === undefined
    if (!idle && !this.#queue.push(message, bytes)) {
      this.missed()
      return
    }
    this.#taken += 1
    // The run is begun before the end is looked for, so that whoever waits for the end waits for this message too.
    if (idle) this.#work(handler, message, this.#queue.takeGap())
    else if (handler === undefined) this.#handToIterator()
    if (this.#taken === this.spec.max) this.finish()
  }

  override linkLost(): void {
    this.#queue.linkLost()
  }

  /** A message was lost on the last step. The broker has given it to this member of its group, and counts it. */
  missed(messages = 1): void {
    if (this.group === undefined || !this.takesMessages) return
    this.#taken += messages
    if (this.spec.max !== 0 && this.#taken >= this.spec.max) this.finish()
  }

  /** The broker has dropped messages of that topic that would have been handed to it. */
  missedAtBroker(topic: string, messages: number): void {
    if (!this.takesMessages) return
    this.#queue.missed(messages)
    this.owner.slow({ pattern: this.pattern, topic, dropped: messages, where: 'broker' })
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
    return this.#run === undefined && !this.#isHanding && this.#queue.length === 0
  }

  protected override dropWaiting(): void {
    // Who takes a message no more is through with it.
    while (this.owner.settling.count > 0 && this.#queue.length > 0) {
      const next = this.#queue.shift()
      if (next !== undefined) this.#handled(next.message)
    }
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
    const { inward } = this.owner.hooks
    while (!this.#isHanding && this.#waiting.length > 0 && this.#queue.length > 0) {
      const next = this.#queue.shift()
      if (next === undefined) break
      const message = withGap(next.message, next.gap)
      if (inward.isIdle) this.#yield(next.message, message)
      else this.#handThrough(inward, next.message, message)
    }
    this.#tellDropped()
    this.closeWhenDone()
  }

  #yield(handled: Message, value: Message): void {
    this.#waiting.shift()?.({ done: false, value })
    this.#handled(handled)
  }

  /** As {@link #yield}, when all that stands around it is through; the next message waits until then. */
  #handThrough(inward: Inward, handled: Message, message: Message): void {
    this.#isHanding = true
    let isInCall = true
    const goOn = (): void => {
      this.#isHanding = false
      if (!isInCall) this.#handToIterator()
    }
    inward.handOn(
      this,
      message,
      (value) => {
        if (value === undefined) this.#handled(handled)
        else this.#yield(handled, value)
        goOn()
      },
      (cause) => {
        this.#handled(handled, true)
        this.owner.failed(handlerFailedError(this.pattern, handled, cause))
        goOn()
      },
    )
    isInCall = false
  }

  /** Works on `first`, before which `gap` were missed, and on all that waits behind it, until the handler returns a promise. */
  #work(handler: Handler, first: Message, gap: number): void {
    const { running, hooks } = this.owner
    const run = running.begin(this)
    this.#run = run
    let next: WaitingMessage | undefined
    for (let current = first, missed = gap; ; current = next.message, missed = next.gap) {
      try {
        const message = withGap(current, missed)
        const result = hooks.inward.call(this, run, handler, message)
        if (isThenable(result)) {
          // A thenable may settle twice; a promise of it does not.
          Promise.resolve(result).then(
            () => {
              this.#handled(current)
              this.#settled(handler, run)
            },
            (cause: unknown) => {
              this.#handled(current, true)
              this.owner.failed(handlerFailedError(this.pattern, current, cause))
              this.#settled(handler, run)
            },
          )
          return
        }
        this.#handled(current)
      } catch (cause) {
        this.#handled(current, true)
        this.owner.failed(handlerFailedError(this.pattern, current, cause))
      }
      next = this.#queue.shift()
      if (next === undefined) break
    }
    this.#rest(run)
  }

  /** This subscription is through with the message, which somebody may wait for. */
  #handled(message: Message, failed = false): void {
    const { settling } = this.owner
    if (settling.count > 0) settling.handled(message, failed)
  }

  #settled(handler: Handler, run: HandlerRun): void {
    const next = this.#queue.shift()
    if (next === undefined) {
      this.#rest(run)
    } else {
      this.#tellDropped()
      // The next run begins before this one ends, so that a drain never sees none in between.
      this.#work(handler, next.message, next.gap)
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
    this.#handled(message, true)
    this.owner.dropped()
    this.#lastDropped = message.topic
    if (this.#inBurst) this.#untold += 1
    else this.owner.slow({ pattern: this.pattern, topic: message.topic, dropped: 1, where: 'subscription' })
    this.#inBurst = true
  }

  #tellDropped(): void {
    const dropped = this.#untold
    this.#untold = 0
    this.#inBurst = false
    if (dropped === 0) return
    this.owner.slow({ pattern: this.pattern, topic: this.#lastDropped, dropped, where: 'subscription' })
  }
}
