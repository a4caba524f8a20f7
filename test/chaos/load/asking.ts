import { type Bus, BusError, type Confirmation } from '@clusterbus/client'
import { answerMs } from './order.ts'

/** Requests and messages to be confirmed: counts that each of them ends, and how. */
export class Asking {
  asked = 0
  answered = 0
  readonly failed: Record<string, number> = {}
  readonly #bus: Bus
  readonly #serial: number
  readonly #fault: (what: string) => void
  readonly #underWay = new Set<Promise<void>>()
  #requests = 0

  constructor(bus: Bus, serial: number, fault: (what: string) => void) {
    this.#bus = bus
    this.#serial = serial
    this.#fault = fault
  }

  ask(): void {
    const number = this.#requests
    this.#requests += 1
    const by = this.#serial
    this.#count(this.#bus.request('who', { by, number }, { timeout: answerMs }), (answer) => {
      if (answer?.by !== by || answer?.number !== number) this.#fault(`request ${number} got ${JSON.stringify(answer)}`)
    })
  }

  confirm(topic: string, data: unknown, confirm: 'routed' | 'handled'): void {
    this.#count(this.#bus.publish(topic, data, { confirm, timeout: answerMs }), (confirmation: Confirmation) => {
      const { members, delivered, failed, gone } = confirmation
      const adds = delivered + failed + gone === members && (confirm === 'handled' || delivered === members)
      if (!adds) this.#fault(`${topic} was confirmed as ${JSON.stringify(confirmation)}`)
    })
  }

  /** Resolves when none is under way. */
  async settled(): Promise<void> {
    while (this.#underWay.size > 0) await Promise.all(this.#underWay)
  }

  #count<Answer>(waiting: Promise<Answer>, check: (answer: Answer) => void): void {
    this.asked += 1
    const ended = waiting.then(
      (answer) => {
        this.answered += 1
        check(answer)
      },
      (error: unknown) => {
        const code = error instanceof BusError ? error.code : String(error)
        this.failed[code] = (this.failed[code] ?? 0) + 1
      },
    )
    this.#underWay.add(ended)
    void ended.finally(() => this.#underWay.delete(ended))
  }
}
