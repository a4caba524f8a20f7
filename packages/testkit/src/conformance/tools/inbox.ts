import type { Bus, Message, SubscribeOptions, Subscription } from '@clusterbus/client'

/** Messages of one subscription, in the order in which they came. */
export class Inbox {
  readonly messages: Message[] = []
  readonly subscription: Subscription
  readonly #waiting: { readonly count: number; readonly resolve: () => void }[] = []

  constructor(bus: Bus, pattern: string, options?: SubscribeOptions) {
    this.subscription = bus.subscribe(pattern, (_, message) => this.#take(message), options)
  }

  get data(): unknown[] {
    return this.messages.map((message) => message.data)
  }

  get topics(): string[] {
    return this.messages.map((message) => message.topic)
  }

  /** Resolves when that many have come. */
  async holds(count: number): Promise<void> {
    if (this.messages.length >= count) return
    await new Promise<void>((resolve) => this.#waiting.push({ count, resolve }))
  }

  #take(message: Message): void {
    this.messages.push(message)
    for (const { count, resolve } of this.#waiting) if (this.messages.length >= count) resolve()
  }
}

/** Subscribes, and resolves when the broker has it. */
export async function inboxOf(bus: Bus, pattern: string, options?: SubscribeOptions): Promise<Inbox> {
  const inbox = new Inbox(bus, pattern, options)
  await inbox.subscription.ready
  return inbox
}

/**
 * Resolves when each of `subscribers` has seen all that `publisher` published before: a message behind the others has
 * arrived. What has not come by then, will not come.
 */
export async function caughtUp(publisher: Bus, ...subscribers: readonly Bus[]): Promise<void> {
  const marks = subscribers.map((bus) => bus.once('conformance-mark'))
  await Promise.all(subscribers.map((bus) => bus.flush()))
  publisher.publish('conformance-mark')
  await Promise.all(marks)
}
