import type { MemberKind } from '@clusterbus/protocol'
import { agreeOnVersion, BusError, quoted, versionMismatch } from '@clusterbus/protocol'
import { type Envelope, type IpcChannel, ipcLink, onEnvelope, sendEnvelope } from '@clusterbus/transport'
import type { Newcomer } from '../core/joined-buses.ts'
import type { Reception } from './reception.ts'

/** Longest name and key that a hello may bring, in characters. */
const wordMax = 255
/** Most links over one channel. */
const linksMax = 256
/** Structured clones keep its type, JSON does not: so each side learns what the channel carries. */
const probe = new Uint8Array(1)

/** Serves the buses of one child, and hears of the end of its threads. Returns a function that ends both. */
export function hostChannel(channel: IpcChannel, pid: number, kind: MemberKind, reception: Reception): () => void {
  const stopAnswering = answerHellos(channel, pid, kind, reception)
  const stopHearing = hearOfThreads(channel, pid, reception)
  return () => {
    stopAnswering()
    stopHearing()
  }
}

/** Hears of the end of a child's threads, which nobody else tells. Returns a function that ends this. */
export function hearOfThreads(channel: IpcChannel, pid: number, reception: Reception): () => void {
  return onEnvelope(channel, ({ type, thread }) => {
    if (type === 'exited' && isThread(thread)) reception.exited(pid, thread)
  })
}

/**
 * Answers the hellos that come over one child's IPC channel: each bus in the child is told where the socket is and
 * given a ticket for it, or a link over the channel itself. Returns a function that ends this.
 */
export function answerHellos(channel: IpcChannel, pid: number, kind: MemberKind, reception: Reception): () => void {
  const open = new Set<string>()
  const stop = onEnvelope(channel, (envelope) => {
    if (envelope.type === 'look') return announceBroker(channel)
    if (envelope.type !== 'hello') return
    const refusal = refuse(envelope, open)
    if (refusal !== undefined) {
      const { code, message } = refusal
      sendEnvelope(channel, 'refused', { key: envelope.key, code, message })
      return
    }
    const key = String(envelope.key)
    const newcomer = newcomerOf(envelope, pid, kind)
    const path = envelope.ipcOnly === true ? undefined : reception.socketPath()
    if (path !== undefined) {
      const { number, secret } = reception.tickets.issue({ ...newcomer, closesAtEnd: true }, channel)
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

/** Who says that hello, which has been looked at. */
function newcomerOf(hello: Envelope, pid: number, channelKind: MemberKind): Newcomer {
  const thread = isThread(hello.thread) ? hello.thread : undefined
  const kind = thread === undefined ? channelKind : 'thread'
  const name = typeof hello.name === 'string' ? hello.name : `${kind}-${pid}`
  const bus = typeof hello.bus === 'string' ? hello.bus : undefined
  return { name, pid, kind, bus, thread, version: agreeOnVersion(versionsIn(hello)) }
}

/** The main thread has the id 0, and its buses are those of the process. */
function isThread(id: unknown): id is number {
  return typeof id === 'number' && Number.isSafeInteger(id) && id > 0
}

/**
 * Tells the buses in a child that there is a broker: those that were there first, whose hellos have gone unheard, and
 * whoever looks for one and would not wait for it.
 */
export function announceBroker(channel: IpcChannel): void {
  sendEnvelope(channel, 'here', {})
}

function refuse(hello: Envelope, open: ReadonlySet<string>): BusError | undefined {
  const { key, name, bus, thread } = hello
  const versions = versionsIn(hello)
  if (agreeOnVersion(versions) === undefined) return versionMismatch(versions)
  if (typeof key !== 'string' || key === '' || key.length > wordMax || open.has(key)) {
    return new BusError('BAD_FRAME', 'a hello without a key of its own')
  }
  if (name !== undefined && (typeof name !== 'string' || name.length > wordMax)) {
    return new BusError('BAD_FRAME', `a hello whose name is ${quoted(name)}`)
  }
  if (bus !== undefined && (typeof bus !== 'string' || bus === '' || bus.length > wordMax)) {
    return new BusError('BAD_FRAME', `a hello of a bus that is ${quoted(bus)}`)
  }
  if (thread !== undefined && !isThread(thread)) {
    return new BusError('BAD_FRAME', `a hello of a thread that is ${quoted(thread)}`)
  }
  if (open.size < linksMax) return undefined
  return new BusError('QUEUE_FULL', `${linksMax} buses of this process are connected over its IPC channel already`)
}

function versionsIn({ version, newest }: Envelope): { version: unknown; newest: unknown } {
  return { version, newest }
}
