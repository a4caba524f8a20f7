import { agreeOnVersion, BusError, type Link, versionMismatch } from '@clusterbus/protocol'
import { randomBytes } from 'node:crypto'
import type { Socket } from 'node:net'
import { Anteroom } from '../anteroom.ts'
import { Pieces } from '../pieces.ts'
import { socketLink } from '../socket-link.ts'
import { turnAway } from '../turn-away.ts'
import * as handshake from './handshake.ts'
import { type Introduction, readIntroduction } from './introduction.ts'
import { secretBytes } from './token.ts'

export interface PathGateEvents {
  /** Somebody has proven that it can read the token, and said who it is. */
  admitted(link: Link, introduction: Introduction): void
  /** The server failed after it listened. */
  failed(error: Error): void
}

/** A listening socket that lets in whoever can read the broker's token, and shows first that the broker can as well. */
export class PathGate {
  readonly secret: Buffer = randomBytes(secretBytes)
  readonly #anteroom: Anteroom
  readonly #events: PathGateEvents
  #failed: (error: Error) => void
  #abandon: (error: Error) => void = () => undefined

  constructor(events: PathGateEvents) {
    this.#events = events
    this.#failed = (error) => events.failed(error)
    this.#anteroom = new Anteroom({
      entered: (socket, leave) => this.#greet(socket, leave),
      failed: (error) => this.#failed(error),
    })
  }

  /** Connections that have proven nothing yet. */
  get waiting(): number {
    return this.#anteroom.waiting
  }

  /** Rejects with the system's error, and when the gate is closed meanwhile. */
  listen(path: string): Promise<void> {
    return new Promise((resolve, reject) => {
      this.#failed = reject
      this.#abandon = reject
      this.#anteroom.listen(path, () => {
        this.#failed = (error) => this.#events.failed(error)
        resolve()
      })
    })
  }

  /** Stops listening and closes whoever has not been let in. Links that were handed out stay. */
  close(): void {
    this.#anteroom.close()
    // A server that is closed before it listens says nothing.
    this.#abandon(new Error('the gate was closed'))
  }

  #greet(socket: Socket, leave: () => void): void {
    const pieces = new Pieces(socket)
    const { secret } = this
    pieces.next(handshake.helloBytes, (bytes) => {
      const hello = handshake.decodeGreeting(bytes)
      // Not a word to somebody who does not speak our language.
      if (hello === undefined) return void socket.destroy()
      const challenge = { secret, memberNonce: hello.nonce, brokerNonce: randomBytes(handshake.nonceBytes) }
      const proof = handshake.prove('broker', challenge, Buffer.alloc(0))
      socket.write(handshake.encodeAnswer(challenge.brokerNonce, proof))
      pieces.next(handshake.headBytes, (headBytes) => {
        const head = handshake.decodeHead(headBytes)
        if (head === undefined) return void socket.destroy()
        pieces.next(head.introductionBytes, (introduction) => {
          if (!handshake.isProven(head.proof, 'member', challenge, introduction)) return void socket.destroy()
          pieces.end()
          leave()
          this.#admit(socket, introduction)
        })
      })
    })
  }

  #admit(socket: Socket, bytes: Buffer): void {
    const introduction = readIntroduction(bytes)
    if (typeof introduction === 'string') {
      turnAway(socket, new BusError('BAD_FRAME', `the introduction of the bus ${introduction}`))
    } else if (agreeOnVersion(introduction) === undefined) {
      turnAway(socket, versionMismatch(introduction))
    } else {
      this.#events.admitted(socketLink(socket), introduction)
    }
  }
}
