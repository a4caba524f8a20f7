import { EventEmitter } from 'node:events'
import { threadId, type Worker } from 'node:worker_threads'
import { envelope, type IpcChannel } from '../ipc/envelope.ts'
import { broadcast, type Listening, listenTo } from './broadcast.ts'
import * as words from './desk-words.ts'
import { inheritedDesk } from './inherited-desk.ts'

/**
 * A thread's end of its conversation with the desk that it asks for a broker, in the shape of a process's IPC channel.
 * A thread that descends from one with a desk asks that; any other asks the main thread, which may have none.
 */
export class ThreadChannel extends EventEmitter implements IpcChannel {
  readonly connected = true
  readonly #reply = `clusterbus.thread.1.${threadId}.${process.hrtime.bigint()}`
  readonly #answers: Listening
  readonly #notices: Listening
  #desk: number
  #isKnown: boolean

  constructor() {
    super()
    const inherited = inheritedDesk()
    this.#desk = inherited ?? words.mainDesk
    this.#isKnown = inherited !== undefined
    this.#answers = listenTo(this.#reply, (message) => this.#answered(message))
    this.#notices = listenTo(words.noticeChannel, (message) => this.#noticed(message))
    process.on('worker', this.#watch)
    if (!this.#isKnown) broadcast(words.noticeChannel, { asks: threadId })
  }

  /** Whether somebody is known to be there to answer; otherwise this thread may be on its own. */
  get isKnown(): boolean {
    return this.#isKnown
  }

  /** The desk has said that it is there. */
  hasSaidSo(): void {
    this.#isKnown = true
  }

  send(message: unknown, callback: (error: Error | null) => void): boolean {
    const said: words.ThreadMessage = { thread: threadId, reply: this.#reply, message }
    broadcast(words.deskChannel(this.#desk), said)
    queueMicrotask(() => callback(null))
    return true
  }

  close(): void {
    process.off('worker', this.#watch)
    this.#answers.stop()
    this.#notices.stop()
    broadcast(words.deskChannel(this.#desk), { left: this.#reply })
  }

  #answered(message: unknown): void {
    this.emit('internalMessage', message)
  }

  #noticed(notice: unknown): void {
    if (!words.isDeskNotice(notice)) return
    const isForThis = notice.thread === threadId && !this.#isKnown
    if (notice.desk !== this.#desk && !isForThis) return
    this.#desk = notice.desk
    this.emit('internalMessage', envelope('here'))
  }

  /** Only the thread that has started another learns of its end. */
  readonly #watch = (worker: Worker): void => {
    const exited = worker.threadId
    worker.once('exit', () => broadcast(words.deskChannel(this.#desk), { exited }))
  }
}
