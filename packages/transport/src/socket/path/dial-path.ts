import { BusError, type Link, quoted } from '@clusterbus/protocol'
import { randomBytes } from 'node:crypto'
import { connect, type Socket } from 'node:net'
import { Pieces } from '../pieces.ts'
import { socketLink } from '../socket-link.ts'
import { codeOf } from '../unless-code.ts'
import * as handshake from './handshake.ts'
import { type Holder, readHolder } from './holder.ts'
import { writeIntroduction } from './introduction.ts'
import { ownStatOf } from './ownership.ts'
import { waitPatiently } from './patience.ts'
import type { Place } from './place.ts'

/** What was found at a path where there is no link to be had. */
export interface NotConnected {
  /**
   * `absent`: no broker is there. `silent`: one is there, but has not said a word for as long as it may. `elsewhere`: what
   * answers is not the broker of the token, or not yet. `forbidden`: another user may have a hand in it.
   */
  readonly found: 'absent' | 'silent' | 'elsewhere' | 'forbidden'
  /** For people to read; goes on after "at that path". */
  readonly description: string
  readonly holder?: Holder | undefined
  readonly cause?: unknown
}

/** A broker at a path, and a link to it. */
export interface Connected {
  readonly found: 'broker'
  readonly link: Link
  readonly holder: Holder
}

/**
 * Connects to the broker at a path, after each has proven to the other that it can read the token. Calls `done` once, in
 * this turn or a later one. Returns a function that gives up.
 */
export function dialPath(
  place: Place,
  { name, bus }: { readonly name: string | undefined; readonly bus: string },
  done: (result: Connected | NotConnected) => void,
): () => void {
  return challenge(place, (result) => {
    if (result.found !== 'proven') return done(result)
    const { socket, terms, holder } = result
    const introduction = writeIntroduction(name, bus)
    socket.write(handshake.encodeIntroduction(handshake.prove('member', terms, introduction), introduction))
    done({ found: 'broker', link: socketLink(socket), holder })
  })
}

/** A broker at a path that has answered. */
export interface Answered {
  readonly found: 'broker'
  readonly holder: Holder
}

/** Asks which broker answers at a path, and calls `done` once. Returns a function that gives up. */
export function knock(place: Place, done: (result: Answered | NotConnected) => void): () => void {
  return challenge(place, (result) => {
    if (result.found !== 'proven') return done(result)
    result.socket.destroy()
    done({ found: 'broker', holder: result.holder })
  })
}

interface Proven {
  readonly found: 'proven'
  readonly socket: Socket
  readonly terms: handshake.Challenge
  readonly holder: Holder
}

function challenge(place: Place, done: (result: Proven | NotConnected) => void): () => void {
  const holder = findHolder(place)
  if ('found' in holder) {
    done(holder)
    return () => undefined
  }
  const socket = connect(place.path)
  socket.unref()
  const { secret, silenceMs, pid } = holder.token
  const memberNonce = randomBytes(handshake.nonceBytes)
  let stopWaiting = (): void => undefined
  const settle = (result: Proven | NotConnected): void => {
    stop()
    if (result.found !== 'proven') socket.destroy()
    done(result)
  }
  const failed = (error: Error): void => settle(unconnected(error, holder))
  const closed = (): void => settle({ found: 'elsewhere', description: 'the link was closed without a word', holder })
  const pieces = new Pieces(socket)
  const stop = (): void => {
    stopWaiting()
    pieces.end()
    socket.off('error', failed)
    socket.off('close', closed)
  }
  socket.on('error', failed)
  socket.on('close', closed)
  const replaced = (): void => {
    const now = findHolder(place)
    if ('id' in now && now.id === holder.id) return
    settle({ found: 'elsewhere', description: `process ${pid} has it no more`, holder })
  }
  stopWaiting = waitPatiently(silenceMs, replaced, () => {
    settle({ found: 'silent', description: `process ${pid} has said nothing for ${silenceMs} ms`, holder })
  })
  socket.write(handshake.encodeHello(memberNonce))
  pieces.next(handshake.answerBytes, (bytes) => {
    const answer = handshake.decodeGreeting(bytes)
    const terms = { secret, memberNonce, brokerNonce: answer?.nonce ?? memberNonce }
    if (answer === undefined || !handshake.isProven(answer.proof, 'broker', terms, Buffer.alloc(0))) {
      settle({ found: 'elsewhere', description: 'something answers that cannot read the token', holder })
    } else {
      settle({ found: 'proven', socket, terms, holder })
    }
  })
  return () => {
    stop()
    socket.on('error', () => undefined)
    socket.destroy()
  }
}

/** Who is to be found there; nothing that another user could have put there is looked at. */
function findHolder(place: Place): Holder | NotConnected {
  try {
    const holder = readHolder(place)
    if (holder === undefined) return { found: 'absent', description: 'there is no broker' }
    if (process.platform !== 'win32' && ownStatOf(place.path, 'socket') === undefined) {
      return {
        found: 'absent',
        description: `there is no socket, but the token of process ${holder.token.pid}`,
        holder,
      }
    }
    return holder
  } catch (cause) {
    const description = cause instanceof BusError ? cause.message : `${quoted(place.claims)} cannot be read`
    return { found: 'forbidden', description, cause }
  }
}

function unconnected(cause: Error, holder: Holder): NotConnected {
  const { pid } = holder.token
  const code = codeOf(cause)
  if (code === 'ECONNREFUSED' || code === 'ENOENT') {
    return {
      found: 'absent',
      description: `there is what the broker of process ${pid} has left, which has ended`,
      holder,
    }
  }
  if (code === 'EAGAIN') {
    return { found: 'elsewhere', description: `process ${pid} has more callers than it can answer`, holder, cause }
  }
  return { found: 'elsewhere', description: `process ${pid} cannot be reached: ${cause.message}`, holder, cause }
}
