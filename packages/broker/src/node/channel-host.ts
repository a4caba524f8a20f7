import type { Link, MemberKind } from '@clusterbus/protocol'
import { BusError, protocolVersion, quoted } from '@clusterbus/protocol'
import { type Envelope, type IpcChannel, ipcLink, onEnvelope, sendEnvelope } from '@clusterbus/transport'
import { type TicketOffice, versionMismatch } from '@clusterbus/transport/serving'
import type { Newcomer } from '../core/joined-buses.ts'

/** What a channel's host needs from the broker. */
export interface Reception {
  readonly tickets: TicketOffice<Newcomer>
  /** Where the broker's socket listens; `undefined` when it has none and data goes over the channel itself. */
  socketPath(): string | undefined
  accept(link: Link, newcomer: Newcomer): void
  /** The process of that number, whose buses have come over its channel, has exited. */
  exited(pid: number): void
}

/** Longest name and key that a hello may bring, in characters. */
const wordMax = 255
/** Most links over one channel. */
const linksMax = 256
/** Structured clones keep its type, JSON does not: so each side learns what the channel carries. */
const probe = new Uint8Array(1)

/**
 * Answers the hellos that come over one child's IPC channel: each bus in the child is told where the socket is and
 * given a ticket for it, or a link over the channel itself. Returns a function that ends this.
 */
export function hostChannel(channel: IpcChannel, pid: number, kind: MemberKind, reception: Reception): () => void {
  const open = new Set<string>()
  const stop = onEnvelope(channel, (envelope) => {
    if (envelope.type !== 'hello') return
    const refusal = refuse(envelope, open)
    if (refusal !== undefined) {
      const { code, message } = refusal
      sendEnvelope(channel, 'refused', { key: envelope.key, code, message })
      return
    }
    const key = String(envelope.key)
    const name = typeof envelope.name === 'string' ? envelope.name : `${kind}-${pid}`
    const newcomer: Newcomer = { name, pid, kind, bus: typeof envelope.bus === 'string' ? envelope.bus : undefined }
    const path = envelope.ipcOnly === true ? undefined : reception.socketPath()
    if (path !== undefined) {
      const { number, secret } = reception.tickets.issue(newcomer, channel)
      sendEnvelope(channel, 'welcome', { key, path, ticket: number, secret: secret.toString('hex') })
    } else {
      open.add(key)
      sendEnvelope(channel, 'welcome', { key, probe })
      reception.accept(
        ipcLink(channel, key, envelope.probe instanceof Uint8Array, () => open.delete(key)),
        newcomer,
      )
    }
  })
  return () => {
    stop()
    reception.tickets.withdraw(channel)
  }
}

/** Tells the buses in a child that was there first that there is a broker now: their hellos have gone unheard. */
export function announceBroker(channel: IpcChannel): void {
  sendEnvelope(channel, 'here', {})
}

function refuse(hello: Envelope, open: ReadonlySet<string>): BusError | undefined {
  const { version, key, name, bus } = hello
  if (version !== protocolVersion) return versionMismatch(version)
  if (typeof key !== 'string' || key === '' || key.length > wordMax || open.has(key)) {
    return new BusError('BAD_FRAME', 'a hello without a key of its own')
  }
  if (name !== undefined && (typeof name !== 'string' || name.length > wordMax)) {
    return new BusError('BAD_FRAME', `a hello whose name is ${quoted(name)}`)
  }
  if (bus !== undefined && (typeof bus !== 'string' || bus === '' || bus.length > wordMax)) {
    return new BusError('BAD_FRAME', `a hello of a bus that is ${quoted(bus)}`)
  }
  if (open.size < linksMax) return undefined
  return new BusError('QUEUE_FULL', `${linksMax} buses of this process are connected over its IPC channel already`)
}
