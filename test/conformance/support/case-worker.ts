import type { EventEmitter } from 'node:events'
import { type CaseCommand, isCaseResult } from './case-messages.ts'

/** A process or a thread that was started. It emits `message` and `exit`. */
export interface Started {
  readonly events: EventEmitter
  tell(command: CaseCommand): void
  kill(): void
}

/** A real process or thread that runs cases on command. One that dies over a case is replaced for the next. */
export class CaseWorker {
  readonly #start: () => Started
  #process: Promise<Started> | undefined

  /** `start` starts one that runs the fixture `run-cases`. */
  constructor(start: () => Started) {
    this.#start = start
  }

  /** The process or thread, started when it is needed. */
  started(): Promise<Started> {
    this.#process ??= this.#ready()
    return this.#process
  }

  /** Rejects with what the case threw in the process, or when the process died over it. */
  async run(command: CaseCommand): Promise<void> {
    const started = await this.started()
    const failure = await new Promise<string | undefined>((resolve) => {
      const died = (): void => resolve(`the process died over "${command.name}"`)
      started.events.once('exit', died)
      const answered = (message: unknown): void => {
        if (!isCaseResult(message)) return
        started.events.off('message', answered)
        started.events.off('exit', died)
        resolve(message.failure)
      }
      started.events.on('message', answered)
      started.tell({ ...command })
    })
    if (failure !== undefined) throw new Error(failure)
  }

  async stop(): Promise<void> {
    const started = await this.#process
    if (started === undefined) return
    const exited = new Promise((resolve) => started.events.once('exit', resolve))
    started.kill()
    await exited
  }

  #ready(): Promise<Started> {
    const started = this.#start()
    started.events.once('exit', () => (this.#process = undefined))
    // The fixture speaks first; before that it may not listen yet.
    return new Promise((resolve) => started.events.once('message', () => resolve(started)))
  }
}
