import type { Bus } from '@clusterbus/client'
import { type Asking } from './asking.ts'
import { numbered, topicOf } from './numbered.ts'
import type { LoadOrder } from './order.ts'

const tickMs = 10

/** Publishes numbered messages and jobs at a rate, some of them to be confirmed, and asks for answers, until stopped. */
export class Publishing {
  published = 0
  jobs = 0
  readonly #bus: Bus
  readonly #order: LoadOrder
  readonly #asking: Asking
  readonly #text: string
  #timer: NodeJS.Timeout | undefined
  #waits = false
  #owed = 0

  constructor(bus: Bus, order: LoadOrder, asking: Asking) {
    this.#bus = bus
    this.#order = order
    this.#asking = asking
    this.#text = 'x'.repeat(order.bytes)
  }

  start(): void {
    this.#timer = setInterval(() => this.#tick(), tickMs)
  }

  stop(): void {
    clearInterval(this.#timer)
  }

  #tick(): void {
    if (this.#waits) return
    this.#owed += (this.#order.perSecond * tickMs) / 1000
    for (; this.#owed >= 1 && !this.#waits; this.#owed -= 1) this.#publish()
  }

  #publish(): void {
    const { serial, askEvery } = this.#order
    const number = this.published
    const message = numbered(serial, number, this.#text)
    const turn = number % askEvery
    if (turn === 7) {
      const confirm = number % (2 * askEvery) === 7 ? 'handled' : 'routed'
      this.#asking.confirm(topicOf(number), message, confirm)
    } else if (!this.#bus.publish(topicOf(number), message)) void this.#wait()
    this.published += 1
    if (turn === 13) {
      this.#bus.publish(`job.${this.jobs % 3}`, { by: serial, number: this.jobs })
      this.jobs += 1
    }
    if (turn === 3) this.#asking.ask()
  }

  /** As long as the bus says that it should. */
  async #wait(): Promise<void> {
    this.#waits = true
    // The link may be lost meanwhile; what is published then is kept.
    await this.#bus.flush().catch(() => undefined)
    this.#waits = false
    this.#owed = 0
  }
}
