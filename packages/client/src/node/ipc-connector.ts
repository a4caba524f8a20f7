import { BusError, isBusErrorCode, type Link, protocolVersion } from '@clusterbus/protocol'
import { dial, type Envelope, type IpcChannel, ipcLink, onEnvelope, sendEnvelope } from '@clusterbus/transport'
import { randomBytes } from 'node:crypto'
import type { Connector } from '../core/connection.ts'

/** A structured clone keeps its type, JSON does not: so each side learns what the channel carries. */
const probe = new Uint8Array(1)

/** Finds the broker in the process that forked this one, by a hello over the IPC channel between them. */
export class IpcConnector implements Connector {
  readonly #channel: IpcChannel
  readonly #name: string | undefined

  constructor(channel: IpcChannel, name: string | undefined) {
    this.#channel = channel
    this.#name = name
  }

  seek(found: { linked(link: Link): void; refused(error: BusError): void }): () => void {
    const key = randomBytes(8).toString('hex')
    let ipcOnly = false
    let cancelDial: (() => void) | undefined
    const hello = (): void => this.#hello(key, ipcOnly)
    const linked = (link: Link): void => {
      stop()
      found.linked(link)
    }
    const welcomed = (envelope: Envelope): void => {
      const { path, ticket, secret } = envelope
      if (typeof path !== 'string' || typeof ticket !== 'number' || typeof secret !== 'string') {
        linked(ipcLink(this.#channel, key, envelope.probe instanceof Uint8Array))
        return
      }
      cancelDial = dial(path, { number: ticket, secret: Buffer.from(secret, 'hex') }, (result) => {
        cancelDial = undefined
        if (!(result instanceof Error)) return linked(result)
        // The socket cannot be reached from here, whatever the reason: the channel can.
        ipcOnly = true
        hello()
      })
    }
    const stop = onEnvelope(this.#channel, (envelope) => {
      // A broker that has come up late says so, and is asked anew.
      if (envelope.type === 'here' && cancelDial === undefined) hello()
      if (envelope.key !== key) return
      if (envelope.type === 'refused') found.refused(refusal(envelope))
      if (envelope.type === 'welcome' && cancelDial === undefined) welcomed(envelope)
    })
    hello()
    return () => {
      stop()
      cancelDial?.()
    }
  }

  /** A link over the channel takes frames at once, without a welcome. */
  lastWords(segments: readonly Buffer[]): void {
    const key = randomBytes(8).toString('hex')
    this.#hello(key, true)
    ipcLink(this.#channel, key, false).write(segments)
  }

  #hello(key: string, ipcOnly: boolean): void {
    // A channel that is closed has no broker behind it; connectTimeout will tell.
    sendEnvelope(this.#channel, 'hello', { version: protocolVersion, key, name: this.#name, ipcOnly, probe })
  }
}

function refusal(envelope: Envelope): BusError {
  const { code, message } = envelope
  return new BusError(
    isBusErrorCode(code) ? code : 'BROKER_UNREACHABLE',
    `the broker refuses this bus: ${String(message)}`,
  )
}
