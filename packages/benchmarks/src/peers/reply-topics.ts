/** What carries text where a peer knows topics and nothing else. */
export interface TextTopics {
  publish(topic: string, text: string): unknown
  subscribe(topic: string, handler: (text: string) => void): Promise<unknown>
}

/** A request on its way: `to` is the topic that the requester listens on, `id` finds the promise that waits there. */
interface Question {
  readonly id: number
  readonly to: string
  readonly data: unknown
}

interface Answer {
  readonly id: number
  readonly data: unknown
}

/** What people build on topics where they need an answer: one reply topic for each requester, and a number. */
export class ReplyTopics {
  readonly #topics: TextTopics
  readonly #own = `reply.${process.pid}`
  readonly #waiting = new Map<number, (data: unknown) => void>()
  #nextId = 1
  #listening: Promise<unknown> | undefined

  constructor(topics: TextTopics) {
    this.#topics = topics
  }

  async request(topic: string, data: unknown): Promise<unknown> {
    this.#listening ??= this.#topics.subscribe(this.#own, this.#settle)
    await this.#listening
    const question: Question = { id: this.#nextId++, to: this.#own, data }
    return new Promise((resolve) => {
      this.#waiting.set(question.id, resolve)
      this.#topics.publish(`ask.${topic}`, JSON.stringify(question))
    })
  }

  async respond(topic: string, handler: (data: unknown) => unknown): Promise<void> {
    const answer = async (text: string): Promise<void> => {
      const { id, to, data } = JSON.parse(text) as Question
      const reply: Answer = { id, data: await handler(data) }
      this.#topics.publish(to, JSON.stringify(reply))
    }
    await this.#topics.subscribe(`ask.${topic}`, (text) => void answer(text))
  }

  readonly #settle = (text: string): void => {
    const { id, data } = JSON.parse(text) as Answer
    const resolve = this.#waiting.get(id)
    this.#waiting.delete(id)
    resolve?.(data)
  }
}
