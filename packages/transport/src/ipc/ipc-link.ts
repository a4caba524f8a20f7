import type { Link, LinkReceiver } from '@clusterbus/protocol'
import { KeepAlive } from '../process/keep-alive.ts'
import { type Envelope, type IpcChannel, onEnvelope, sendEnvelope } from './envelope.ts'

/** Bytes under way that the other side has not taken yet. IPC has no back-pressure of its own; this is ours. */
const windowBytes = 1024 * 1024
/** Bytes taken before the other side is told so. */
const creditBytes = windowBytes / 4
/**
 * Most bytes in one IPC message: 64 KiB as base64. The kernel takes some 140 KiB at a time, and when the process exits,
 * a message that was taken in part is lost whole.
 */
const batchBytes = 48 * 1024
/** Most bytes that can wait here: the window, what was taken and not told yet, and the batch that met the window. */
const inboxBytesMax = windowBytes + creditBytes + batchBytes

/**
 * A link over Node's own IPC channel, for where no socket can be had. Bytes travel in batches: as they are where the
 * channel carries binary (`serialization: 'advanced'`), else as base64. Several links share a channel by `key`; `closed`
 * is called when this one is free again.
 */
export function ipcLink(channel: IpcChannel, key: string, binary: boolean, closed = (): void => undefined): Link {
  return new IpcLink(channel, key, binary, closed)
}

class IpcLink implements Link {
  readonly #channel: IpcChannel
  readonly #key: string
  readonly #binary: boolean
  readonly #closed: () => void
  readonly #keepAlive = new KeepAlive()
  #receiver: LinkReceiver | undefined
  #stopListening: () => void = () => undefined
  #outbox: Buffer[] = []
  #outboxBytes = 0
  #uncreditedBytes = 0
  #takenBytes = 0
  #inbox: Buffer[] = []
  #inboxBytes = 0
  #paused = false
  #writerWaits = false
  #peerIsGone = false
  /** `ending`: the outbox goes out first. `ended`: the last word is on its way into the channel. */
  #state: 'open' | 'ending' | 'ended' | 'closed' = 'open'

  constructor(channel: IpcChannel, key: string, binary: boolean, closed: () => void) {
    this.#channel = channel
    this.#key = key
    this.#binary = binary
    this.#closed = closed
  }

  get bufferedBytes(): number {
    return this.#outboxBytes
  }

  open(receiver: LinkReceiver): void {
    this.#receiver = receiver
    const receive = (envelope: Envelope): void => {
      if (envelope.key === this.#key) this.#receive(envelope)
    }
    this.#stopListening = onEnvelope(this.#channel, receive, () => this.#peerGone())
    if (!this.#channel.connected) this.#close()
  }

  write(segments: readonly Buffer[]): boolean {
    if (this.#state !== 'open') return false
    for (const segment of segments) {
      this.#outbox.push(segment)
      this.#outboxBytes += segment.length
    }
    this.#writerWaits = false
    this.#pump()
    this.#writerWaits = this.#outboxBytes > 0
    return !this.#writerWaits
  }

  pause(): void {
    this.#paused = true
  }

  resume(): void {
    if (!this.#paused) return
    this.#paused = false
    setImmediate(() => this.#deliver())
  }

  end(): void {
    if (this.#state !== 'open') return
    this.#state = 'ending'
    this.#writerWaits = false
    this.#pump()
  }

  destroy(): void {
    if (this.#state === 'closed') return
    this.#say('close')
    this.#close()
  }

  // Whether the channel itself keeps the process running is the app's to say.
  ref(): void {
    if (this.#state !== 'closed') this.#keepAlive.hold()
  }

  unref(): void {
    this.#keepAlive.release()
  }

  #pump(): void {
    while (this.#outboxBytes > 0 && this.#uncreditedBytes < windowBytes) {
      const batch = this.#nextBatch()
      this.#uncreditedBytes += batch.length
      this.#say('data', { data: this.#binary ? batch : batch.toString('base64') })
    }
    if (this.#outboxBytes > 0) return
    if (this.#state === 'ending') this.#finish()
    if (!this.#writerWaits) return
    this.#writerWaits = false
    this.#receiver?.onDrain()
  }

  /** A process may exit when its link has closed, so it closes when the channel has really taken all. */
  #finish(): void {
    this.#state = 'ended'
    sendEnvelope(this.#channel, 'close', { key: this.#key }, () => this.#close())
  }

  /** The next bytes to send, no more than a batch holds: the other side counts on that. */
  #nextBatch(): Buffer {
    const batch = Buffer.allocUnsafe(Math.min(batchBytes, this.#outboxBytes))
    let filled = 0
    while (filled < batch.length) {
      const segment = this.#outbox[0] ?? batch
      const taken = segment.copy(batch, filled)
      filled += taken
      if (taken === segment.length) this.#outbox.shift()
      else this.#outbox[0] = segment.subarray(taken)
    }
    this.#outboxBytes -= filled
    return batch
  }

  #receive(envelope: Envelope): void {
    if (this.#state === 'closed') return
    if (envelope.type === 'data') this.#accept(decodeBatch(envelope.data))
    else if (envelope.type === 'credit') this.#credit(envelope.bytes)
    else if (envelope.type === 'close') this.#peerGone()
  }

  #accept(batch: Buffer | undefined): void {
    const overrun = batch !== undefined && this.#inboxBytes + batch.length > inboxBytesMax
    if (batch === undefined || overrun) {
      this.#say('close')
      this.#close(new Error(batch === undefined ? 'a batch that is no bytes' : 'more bytes than the window allows'))
      return
    }
    this.#inbox.push(batch)
    this.#inboxBytes += batch.length
    this.#deliver()
  }

  #deliver(): void {
    while (!this.#paused && this.#state !== 'closed') {
      const batch = this.#inbox.shift()
      if (batch === undefined) break
      this.#inboxBytes -= batch.length
      this.#takenBytes += batch.length
      this.#receiver?.onChunk(batch)
    }
    if (this.#peerIsGone && this.#inbox.length === 0) this.#close()
    if (this.#takenBytes < creditBytes || this.#state === 'closed') return
    this.#say('credit', { bytes: this.#takenBytes })
    this.#takenBytes = 0
  }

  #credit(bytes: unknown): void {
    if (typeof bytes !== 'number' || !(bytes > 0)) return
    this.#uncreditedBytes = Math.max(0, this.#uncreditedBytes - bytes)
    this.#pump()
  }

  #say(type: string, fields: Readonly<Record<string, unknown>> = {}): void {
    // A channel that takes nothing any more is about to say `disconnect`, which closes this link.
    sendEnvelope(this.#channel, type, { ...fields, key: this.#key })
  }

  /** What came in before is still handed on: it waits here while the link is paused. */
  #peerGone(): void {
    this.#peerIsGone = true
    if (this.#inbox.length === 0) this.#close()
  }

  #close(cause?: Error): void {
    if (this.#state === 'closed') return
    this.#state = 'closed'
    this.#stopListening()
    this.unref()
    this.#outbox = []
    this.#outboxBytes = 0
    this.#inbox = []
    this.#closed()
    setImmediate(() => this.#receiver?.onClose(cause))
  }
}

function decodeBatch(data: unknown): Buffer | undefined {
  if (typeof data === 'string') return Buffer.from(data, 'base64')
  if (data instanceof Uint8Array) return Buffer.from(data.buffer, data.byteOffset, data.byteLength)
  return undefined
}
