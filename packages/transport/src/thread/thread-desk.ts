import { BusError } from '@clusterbus/protocol'
import { EventEmitter } from 'node:events'
import { threadId, type Worker } from 'node:worker_threads'
import type { IpcChannel } from '../ipc/envelope.ts'
import { broadcast, type Listening, listenTo } from './broadcast.ts'
import * as words from './desk-words.ts'
import { bequeathDesk } from './inherited-desk.ts'

/** Threads that are remembered at a time. One that was forgotten and speaks again is served anew. */
const threadsMax = 4096

export interface ThreadDeskOwner {
  /** A thread says its first word, which follows on the channel. Returns how to stop serving it. */
  serve(channel: IpcChannel, thread: number): () => void
  /** A thread has ended. Also called for one that was never served. */
  exited(thread: number): void
}

/**
 * Where the threads of this process ask for a broker: those that this thread starts, those that they start, and, where
 * this is the main thread, all others. Each is given a channel that looks like the IPC channel of a process.
 */
export class ThreadDesk {
  readonly #owner: ThreadDeskOwner
  readonly #disinherit: () => void
  readonly #served = new Map<string, ServedThread>()
  readonly #refused = new Set<number>()
  readonly #workers = new Map<Worker, { readonly thread: number; readonly exited: () => void }>()
  #listening: readonly Listening[] = []
  #state: 'new' | 'open' | 'closing' | 'closed' = 'new'

  constructor(owner: ThreadDeskOwner) {
    this.#owner = owner
    this.#disinherit = bequeathDesk()
    process.on('worker', this.#watch)
  }

  /** Threads started by this one that have not ended. */
  get livingThreads(): number {
    return this.#workers.size
  }

  /** From here on threads are served; those that wait hear of it. */
  open(): void {
    if (this.#state !== 'new') return
    this.#state = 'open'
    this.#listening = [
      listenTo(words.deskChannel(threadId), (message) => this.#received(message)),
      listenTo(words.noticeChannel, (message) => this.#asked(words.askingThread(message))),
    ]
    this.#announce()
    for (const { thread } of this.#workers.values()) this.#announce(thread)
  }

  /**
   * Serves a thread that may have been started before this desk was there. Nothing happens for one that has ended. Returns
   * how to answer no further hello of it. Throws `CLOSED`.
   */
  attach(worker: Worker): () => void {
    if (this.#state === 'closing' || this.#state === 'closed') {
      throw new BusError('CLOSED', 'attach: the broker is closed')
    }
    const { threadId: thread } = worker
    if (thread <= 0) return () => undefined
    if (this.#refused.delete(thread)) {
      for (const served of this.#served.values()) {
        if (served.thread === thread) served.stop = this.#owner.serve(served.channel, thread)
      }
    }
    this.#watch(worker)
    if (this.#state === 'open') this.#announce(thread)
    return () => this.#refuse(thread)
  }

  /** Takes no more threads. What is still said on the channels of those that were served is heard until they are quiet. */
  close(): void {
    if (this.#state === 'closing' || this.#state === 'closed') return
    this.#state = 'closing'
    process.off('worker', this.#watch)
    for (const [worker, { exited }] of this.#workers) worker.off('exit', exited)
    this.#disinherit()
    for (const { stop } of this.#served.values()) stop()
    this.#settle()
  }

  #refuse(thread: number): void {
    const isThere = Array.from(this.#workers.values()).some((worker) => worker.thread === thread)
    if (isThere) this.#refused.add(thread)
    for (const served of this.#served.values()) if (served.thread === thread) served.stop()
  }

  #announce(thread?: number): void {
    const notice: words.DeskNotice = thread === undefined ? { desk: threadId } : { desk: threadId, thread }
    broadcast(words.noticeChannel, notice)
  }

  /** The main thread's desk is asked by the threads themselves. */
  #asked(thread: number | undefined): void {
    if (this.#state !== 'open' || threadId === words.mainDesk) return
    for (const worker of this.#workers.values()) if (worker.thread === thread) this.#announce(thread)
  }

  readonly #watch = (worker: Worker): void => {
    const thread = worker.threadId
    if (thread <= 0 || this.#workers.has(worker)) return
    const exited = (): void => {
      this.#workers.delete(worker)
      for (const listening of this.#listening) listening.catchUp()
      this.#threadExited(thread)
    }
    this.#workers.set(worker, { thread, exited })
    // Before the app hears of it, and perhaps ends the process.
    worker.prependOnceListener('exit', exited)
  }

  #received(message: unknown): void {
    const exited = words.exitedThread(message)
    if (exited !== undefined) this.#threadExited(exited)
    const left = words.leftReply(message)
    const leaving = left === undefined ? undefined : this.#served.get(left)
    if (left !== undefined && leaving !== undefined) this.#forget(left, leaving)
    if (!words.isThreadMessage(message)) return
    const served = this.#served.get(message.reply) ?? this.#serve(message)
    served?.channel.emit('internalMessage', message.message)
  }

  #serve({ thread, reply }: words.ThreadMessage): ServedThread | undefined {
    if (this.#state !== 'open' || this.#refused.has(thread)) return undefined
    const [oldest] = this.#served
    if (oldest !== undefined && this.#served.size >= threadsMax) this.#forget(...oldest)
    const channel = new DeskChannel(reply)
    const served: ServedThread = { channel, thread, stop: this.#owner.serve(channel, thread) }
    this.#served.set(reply, served)
    channel.on('removeListener', () => this.#settle())
    return served
  }

  #threadExited(thread: number): void {
    this.#refused.delete(thread)
    for (const [reply, served] of this.#served) if (served.thread === thread) this.#forget(reply, served)
    this.#owner.exited(thread)
  }

  #forget(reply: string, { channel, stop }: ServedThread): void {
    this.#served.delete(reply)
    stop()
    channel.disconnect()
  }

  #settle(): void {
    if (this.#state !== 'closing') return
    for (const { channel } of this.#served.values()) if (channel.listenerCount('internalMessage') > 0) return
    this.#state = 'closed'
    for (const listening of this.#listening) listening.stop()
    this.#served.clear()
  }
}

interface ServedThread {
  readonly channel: DeskChannel
  readonly thread: number
  stop: () => void
}

/** The desk's end of its conversation with one thread. */
class DeskChannel extends EventEmitter implements IpcChannel {
  connected = true
  readonly #reply: string

  constructor(reply: string) {
    super()
    this.#reply = reply
  }

  send(message: unknown, callback: (error: Error | null) => void): boolean {
    broadcast(this.#reply, message)
    queueMicrotask(() => callback(null))
    return true
  }

  disconnect(): void {
    this.connected = false
    this.emit('disconnect')
  }
}
