import type { AccessAction } from './authorize.ts'

/** What the app has answered about one member, and what of that the member has yet to hear. It goes with the member. */
export class MemberAccess {
  /** Answers, by action and topic; the first is the oldest. */
  readonly #answers = new Map<string, boolean>()
  readonly #answersMax: number
  /** Actions that the app has given a faulty answer about, of which it was told. */
  readonly faulty: Set<AccessAction> = new Set()
  /** How many messages to a topic were thrown away since the member was told. */
  readonly denied: Map<string, number> = new Map()

  constructor(answersMax: number) {
    this.#answersMax = answersMax
  }

  recall(action: AccessAction, topic: string): boolean | undefined {
    return this.#answers.get(keyOf(action, topic))
  }

  /** The oldest answer gives way: it is asked for again when it is wanted. */
  remember(action: AccessAction, topic: string, allowed: boolean): void {
    if (this.#answers.size >= this.#answersMax) {
      for (const oldest of this.#answers.keys()) {
        this.#answers.delete(oldest)
        break
      }
    }
    this.#answers.set(keyOf(action, topic), allowed)
  }
}

/** No action has a space in it. */
function keyOf(action: AccessAction, topic: string): string {
  return `${action} ${topic}`
}
