import { isSpoken, type Link, versionMismatch } from '@clusterbus/protocol'
import type { Socket } from 'node:net'
import { Anteroom } from './anteroom.ts'
import { Pieces } from './pieces.ts'
import { decodePreamble, preambleBytes } from './preamble.ts'
import { assertSocketPath } from './private-directory.ts'
import { socketLink } from './socket-link.ts'
import type { TicketOffice } from './ticket-office.ts'
import { turnAway } from './turn-away.ts'

export interface GateEvents<Holder> {
  /** Somebody showed a genuine ticket. */
  admitted(link: Link, holder: Holder): void
  /** The server failed after it listened. */
  failed(error: Error): void
}

/** A listening socket that lets in whoever shows a ticket, and looks at no other byte before that. */
export class Gate<Holder> {
  readonly #anteroom: Anteroom
  readonly #tickets: TicketOffice<Holder>
  readonly #events: GateEvents<Holder>

  constructor(tickets: TicketOffice<Holder>, events: GateEvents<Holder>) {
    this.#tickets = tickets
    this.#events = events
    this.#anteroom = new Anteroom({
      entered: (socket, leave) => {
        const pieces = new Pieces(socket)
        pieces.next(preambleBytes, (preamble) => {
          pieces.end()
          leave()
          this.#judge(socket, preamble)
        })
      },
      failed: (error) => events.failed(error),
    })
  }

  /** Connections that have not shown a ticket yet. */
  get waiting(): number {
    return this.#anteroom.waiting
  }

  /** Listens at `path`. Throws `NOT_ALLOWED` for one that is too long; a failure of the system comes by `failed`. */
  listen(path: string, listening: () => void): void {
    assertSocketPath(path)
    this.#anteroom.listen(path, listening)
  }

  /** Stops listening and closes whoever has not been let in. Links that were handed out stay. */
  close(): void {
    this.#anteroom.close()
  }

  #judge(socket: Socket, preamble: Buffer): void {
    const shown = decodePreamble(preamble)
    const holder = shown === undefined ? undefined : this.#tickets.redeem(shown.ticket)
    if (shown === undefined || holder === undefined) {
      // Not a word to somebody who has proven nothing.
      socket.destroy()
    } else if (isSpoken(shown.version)) {
      this.#events.admitted(socketLink(socket), holder)
    } else {
      turnAway(socket, versionMismatch(shown))
    }
  }
}
