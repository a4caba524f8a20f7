import { FrameKind, FrameStream, layout, read } from '@clusterbus/protocol'
import { encodePreamble, type Ticket } from '@clusterbus/transport'
import { once } from 'node:events'
import { connect, type Socket } from 'node:net'
import type { AsksForTickets } from '../fixtures/asks-for-tickets.ts'
import type { TestWorker } from './workers.ts'

/** A frame that came in, as a copy. */
export interface RawFrame {
  readonly kind: number
  readonly bytes: Buffer
}

export interface Admission {
  readonly path: string
  readonly ticket: Ticket
}

/** Asks the broker for a ticket, through a worker. */
export async function admission(worker: TestWorker<AsksForTickets>): Promise<Admission> {
  const { path, ticket, secret } = await worker.call('hello')
  return { path: String(path), ticket: { number: Number(ticket), secret: Buffer.from(String(secret), 'hex') } }
}

/** A connection to a broker's socket that says whatever a test wants it to say. */
export class RawConnection {
  readonly socket: Socket
  readonly frames: RawFrame[] = []
  /** Bytes that came in. */
  receivedBytes = 0
  readonly closed: Promise<unknown>

  constructor(path: string) {
    this.socket = connect(path)
    const stream = new FrameStream(2 ** 24)
    this.socket.on('data', (chunk: Buffer) => {
      this.receivedBytes += chunk.length
      stream.push(chunk, (bytes, start, end) => {
        this.frames.push({ kind: bytes[start + 4] ?? 0, bytes: Buffer.from(bytes.subarray(start, end)) })
        this.socket.emit('frame')
      })
    })
    // Who is shut out while still speaking gets EPIPE or ECONNRESET.
    this.socket.on('error', () => undefined)
    this.closed = new Promise((resolve) => this.socket.once('close', resolve))
  }

  /** The first frame of that kind, from before or yet to come. */
  async frame(kind: number): Promise<RawFrame> {
    for (;;) {
      const found = this.frames.find((frame) => frame.kind === kind)
      if (found !== undefined) return found
      if (this.socket.destroyed) throw new Error(`closed without a frame of kind ${kind}`)
      await Promise.race([once(this.socket, 'frame'), this.closed])
    }
  }

  /** What the broker said when it closed the link. */
  async farewell(): Promise<{ code: string; message: string }> {
    await this.closed
    const { bytes } = await this.frame(FrameKind.CLOSE)
    return read.readFailure(bytes.toString('utf8', layout.baseBytes))
  }
}

/** Connects, and shows a fresh ticket. */
export async function joinRaw(worker: TestWorker<AsksForTickets>): Promise<RawConnection> {
  const { path, ticket } = await admission(worker)
  const raw = new RawConnection(path)
  raw.socket.write(encodePreamble(ticket))
  return raw
}

/** The id that the broker gave to this connection. */
export async function memberId(raw: RawConnection): Promise<number> {
  const { bytes } = await raw.frame(FrameKind.WELCOME)
  const { member } = read.parseObject(bytes.toString('utf8', layout.baseBytes))
  if (typeof member !== 'object' || member === null || !('id' in member)) throw new Error('a welcome without a member')
  return Number(member.id)
}
