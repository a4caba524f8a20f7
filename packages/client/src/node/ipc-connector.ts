import { BusError, isBusErrorCode, type Link, spokenVersions } from '@clusterbus/protocol'
import { dial, type Envelope, type IpcChannel, ipcLink, onEnvelope, sendEnvelope } from '@clusterbus/transport'
import { isMainThread, threadId } from 'node:worker_threads'
import type { Connector } from '../core/connection.ts'

/** A structured clone keeps its type, JSON does not: so each side learns what the channel carries. */
const probe = new Uint8Array(1)

/** Hellos that this module has said. */
let hellos = 0

/** Finds the broker in the process that forked this one, or in another thread, by a hello over the channel between them. */
export class IpcConnector implements Connector {
  readonly #channel: IpcChannel
  readonly #name: string | undefined
  readonly #bus: string
  readonly remedy: string | undefined

  constructor(channel: IpcChannel, name: string | undefined, bus: string, remedy?: string) {
    this.remedy = remedy
    this.#channel = channel
    this.#name = name
    this.#bus = bus
  }

  seek(found: { linked(link: Link): void; refused(error: BusError): void }): () => void {
    let key: string | undefined
    let cancelDial = (): void => undefined
    // Each hello takes back the one before, so that no welcome is in doubt and no link is left behind.
    const abandon = (): void => {
      cancelDial()
      if (key !== undefined) sendEnvelope(this.#channel, 'close', { key })
      key = undefined
    }
    const hello = (ipcOnly: boolean): void => {
      abandon()
      key = this.#hello(ipcOnly)
    }
    const linked = (link: Link): void => {
      stop()
      key = undefined
      found.linked(link)
    }
    const welcomed = (envelope: Envelope): void => {
      const { path, ticket, secret } = envelope
      if (typeof path !== 'string' || typeof ticket !== 'number' || typeof secret !== 'string') {
        return linked(ipcLink(this.#channel, String(key), envelope.probe instanceof Uint8Array))
      }
      cancelDial = dial(path, { number: ticket, secret: Buffer.from(secret, 'hex') }, (result) => {
        cancelDial = () => undefined
        // A socket that cannot be reached from here, whatever the reason, leaves the channel.
        if (result instanceof Error) hello(true)
        else linked(result)
      })
    }
    const stop = onEnvelope(this.#channel, (envelope) => {
      // A broker that has come up late says so, and is asked anew.
      if (envelope.type === 'here') hello(false)
      if (key === undefined || envelope.key !== key) return
      if (envelope.type === 'refused') found.refused(refusal(envelope))
      if (envelope.type === 'welcome') welcomed(envelope)
    })
    hello(false)
    return () => {
      stop()
      abandon()
    }
  }

  /** A link over the channel takes frames at once, without a welcome. */
  lastWords(segments: readonly Buffer[]): void {
    ipcLink(this.#channel, this.#hello(true), false).write(segments)
  }

  /** Returns the key that the answer will bear. */
  #hello(ipcOnly: boolean): string {
    // No secret: it tells the answers of two buses on one channel apart, also of two copies of this module.
    const key = `${threadId}.${(hellos += 1)}.${process.hrtime.bigint()}`
    const thread = isMainThread ? undefined : threadId
    // A channel that is closed has no broker behind it; connectTimeout will tell.
    const hello = { ...spokenVersions, key, name: this.#name, bus: this.#bus, ipcOnly, probe, thread }
    sendEnvelope(this.#channel, 'hello', hello)
    return key
  }
}

function refusal(envelope: Envelope): BusError {
  const { code, message } = envelope
  return new BusError(
    isBusErrorCode(code) ? code : 'BROKER_UNREACHABLE',
    `the broker refuses this bus: ${String(message)}`,
  )
}
