/** Somebody who uses the app over HTTP, and cannot choose which worker serves. */
export class Client {
  readonly #origin: string

  constructor(origin: string) {
    this.#origin = origin
  }

  /** Sends a request. Resolves with the answer and the name of the worker that gave it. */
  async send(method: string, path: string, fields?: Record<string, string>): Promise<Answer> {
    const form = fields && new URLSearchParams(fields)
    const response = await fetch(this.#origin + path, { method, body: form ?? null })
    const body = await response.json()
    if (!response.ok) throw new Error(`${method} ${path}: ${response.status} ${JSON.stringify(body)}`)
    return { worker: response.headers.get('x-worker') ?? 'nobody', body }
  }

  /** Asks until each of these workers has answered. Resolves with their answers, by worker. */
  async askEach(workers: readonly string[], path: string): Promise<Record<string, unknown>> {
    const answers: Record<string, unknown> = {}
    while (workers.some((worker) => !(worker in answers))) {
      const { worker, body } = await this.send('GET', path)
      if (workers.includes(worker)) answers[worker] ??= body
    }
    return answers
  }
}

export interface Answer {
  readonly worker: string
  readonly body: unknown
}
