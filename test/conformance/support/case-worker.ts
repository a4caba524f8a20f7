import cluster, { type Worker } from 'node:cluster'
import { type CaseCommand, isCaseResult } from './case-messages.ts'

/** A real cluster worker that runs cases on command. One that dies over a case is replaced for the next. */
export class CaseWorker {
  #worker: Promise<Worker> | undefined

  /** The worker, forked when it is needed. */
  forked(): Promise<Worker> {
    this.#worker ??= this.#fork()
    return this.#worker
  }

  /** Rejects with what the case threw in the worker, or when the worker died over it. */
  async run(command: CaseCommand): Promise<void> {
    const worker = await this.forked()
    const failure = await new Promise<string | undefined>((resolve) => {
      const died = (): void => resolve(`the worker died over "${command.name}"`)
      worker.once('exit', died)
      const answered = (message: unknown): void => {
        if (!isCaseResult(message)) return
        worker.off('message', answered)
        worker.off('exit', died)
        resolve(message.failure)
      }
      worker.on('message', answered)
      worker.send(command)
    })
    if (failure !== undefined) throw new Error(failure)
  }

  async stop(): Promise<void> {
    const worker = await this.#worker
    if (worker === undefined) return
    const exited = new Promise((resolve) => worker.once('exit', resolve))
    worker.process.kill('SIGKILL')
    await exited
  }

  #fork(): Promise<Worker> {
    const worker = cluster.fork()
    worker.once('exit', () => (this.#worker = undefined))
    // The fixture speaks first; before that it may not listen yet.
    return new Promise((resolve) => worker.once('message', () => resolve(worker)))
  }
}
