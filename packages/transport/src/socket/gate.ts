import { BusError, ChunkWriter, FrameKind, type Link, protocolVersion, read, write } from '@clusterbus/protocol'
import { createServer, type Server, type Socket } from 'node:net'
import { decodePreamble, preambleBytes } from './preamble.ts'
import { assertSocketPath } from './private-directory.ts'
import { socketLink } from './socket-link.ts'
import type { TicketOffice } from './ticket-office.ts'

/** How long a connection may take to show its ticket, in milliseconds. */
const admissionMs = 1_000
/** Most connections that have not shown a ticket yet; further ones are closed at once. */
const waitingMax = 128

export interface GateEvents<Holder> {
  /** Somebody showed a genuine ticket. */
  admitted(link: Link, holder: Holder): void
  /** The server failed after it listened. */
  failed(error: Error): void
}

/** A listening socket that lets in whoever shows a ticket, and looks at no other byte before that. */
export class Gate<Holder> {
  readonly #server: Server
  readonly #waiting = new Set<Socket>()
  readonly #tickets: TicketOffice<Holder>
  readonly #events: GateEvents<Holder>

  constructor(tickets: TicketOffice<Holder>, events: GateEvents<Holder>) {
    this.#tickets = tickets
    this.#events = events
    this.#server = createServer({ pauseOnConnect: true }, (socket) => this.#await(socket))
    this.#server.on('error', (error) => events.failed(error))
  }

  /** Connections that have not shown a ticket yet. */
  get waiting(): number {
    return this.#waiting.size
  }

  /** Listens at `path`. Throws `NOT_ALLOWED` for one that is too long; a failure of the system comes by `failed`. */
  listen(path: string, listening: () => void): void {
    assertSocketPath(path)
    this.#server.listen(path, listening)
    // A broker alone does not keep its process running.
    this.#server.unref()
  }

  /** Stops listening and closes whoever has not been let in. Links that were handed out stay. */
  close(): void {
    this.#server.close()
    for (const socket of this.#waiting) socket.destroy()
  }

  #await(socket: Socket): void {
    socket.on('error', () => socket.destroy())
    if (this.#waiting.size >= waitingMax) {
      socket.destroy()
      return
    }
    this.#waiting.add(socket)
    const timer = setTimeout(() => socket.destroy(), admissionMs).unref()
    const settle = (): void => {
      clearTimeout(timer)
      this.#waiting.delete(socket)
    }
    socket.once('close', settle)
    socket.unref()
    socket.on('readable', () => {
      const preamble: Buffer | null = socket.read(preambleBytes)
      if (preamble === null) return
      socket.removeAllListeners('readable')
      socket.off('close', settle)
      settle()
      this.#judge(socket, preamble)
    })
  }

  #judge(socket: Socket, preamble: Buffer): void {
    const shown = decodePreamble(preamble)
    const holder = shown === undefined ? undefined : this.#tickets.redeem(shown.ticket)
    if (shown === undefined || holder === undefined) {
      // Not a word to somebody who has proven nothing.
      socket.destroy()
    } else if (shown.version === protocolVersion) {
      socket.removeAllListeners('error')
      this.#events.admitted(socketLink(socket), holder)
    } else {
      const { code, message } = versionMismatch(shown.version)
      const writer = new ChunkWriter()
      write.writeText(writer, FrameKind.CLOSE, read.failureText(code, message))
      socket.write(Buffer.concat(writer.take()))
      // Not `end()`: that would leave it to the other side when this is over.
      socket.destroySoon()
    }
  }
}

/** What a member of another version is told. */
export function versionMismatch(memberVersion: unknown): BusError {
  const message = `the member speaks version ${String(memberVersion)} of the protocol and the broker version ${protocolVersion}; use the same version of clusterbus in both`
  return new BusError('VERSION_MISMATCH', message)
}
