import type { EventEmitter } from 'node:events'
import { offDisconnect, onDisconnect } from './disconnect-listener.ts'

/**
 * What clusterbus says on Node's own IPC channel. The channel belongs to the app: its `message` handlers must not see
 * a message that they do not know. Node gives every message whose `cmd` starts with `NODE_` to `internalMessage`
 * instead of `message`, in all versions that clusterbus supports, and a listener for it does not keep the process
 * running. Nothing but a hello and a welcome travels here, unless no socket can be had.
 */
const envelopeCommand = 'NODE_CLUSTERBUS'

/** A message as it came in: marked as ours, everything else yet to be checked. */
export interface Envelope {
  readonly cmd: typeof envelopeCommand
  readonly type: string
  readonly [field: string]: unknown
}

/** A message of ours. */
export function envelope(type: string, fields: Readonly<Record<string, unknown>> = {}): Envelope {
  return { ...fields, cmd: envelopeCommand, type }
}

/** One end of an IPC channel: a `ChildProcess` in the parent, `process` in the child. */
export interface IpcChannel extends EventEmitter {
  readonly connected: boolean
  send?(message: unknown, callback: (error: Error | null) => void): boolean
}

/**
 * Sends an envelope. `done` is called once, with an error when the channel did not take it. A send into a channel that
 * is closing throws in some states and calls back in others; here it always calls back.
 */
export function sendEnvelope(
  channel: IpcChannel,
  type: string,
  fields: Readonly<Record<string, unknown>>,
  done: (error: Error | null) => void = () => undefined,
): void {
  const closed = (): void => queueMicrotask(() => done(new Error('the IPC channel is closed')))
  if (channel.send === undefined || !channel.connected) {
    closed()
    return
  }
  try {
    channel.send(envelope(type, fields), done)
  } catch {
    closed()
  }
}

/** Whoever listens on one channel, behind one pair of listeners of ours. */
class Listeners {
  readonly #channel: IpcChannel
  readonly #envelope = new Set<(envelope: Envelope) => void>()
  readonly #disconnect = new Set<() => void>()

  constructor(channel: IpcChannel) {
    this.#channel = channel
  }

  add(onMessage: (envelope: Envelope) => void, onEnd: (() => void) | undefined): void {
    if (this.#envelope.size === 0) this.#channel.on('internalMessage', this.#receive)
    this.#envelope.add(onMessage)
    if (onEnd === undefined) return
    if (this.#disconnect.size === 0) onDisconnect(this.#channel, this.#disconnected)
    this.#disconnect.add(onEnd)
  }

  remove(onMessage: (envelope: Envelope) => void, onEnd: (() => void) | undefined): void {
    this.#envelope.delete(onMessage)
    if (this.#envelope.size === 0) this.#channel.off('internalMessage', this.#receive)
    if (onEnd === undefined) return
    this.#disconnect.delete(onEnd)
    if (this.#disconnect.size === 0) offDisconnect(this.#channel, this.#disconnected)
  }

  readonly #receive = (message: unknown): void => {
    if (!isEnvelope(message)) return
    for (const listener of this.#envelope) listener(message)
  }

  readonly #disconnected = (): void => {
    for (const listener of this.#disconnect) listener()
  }
}

const listening = new WeakMap<IpcChannel, Listeners>()

/**
 * Calls `onMessage` for each envelope that comes in, and `onEnd`, where given, when the channel has closed,
 * until the returned function is called. However many links and buses share a channel, there is one listener of ours
 * on it, and none when the last of them is gone.
 */
export function onEnvelope(
  channel: IpcChannel,
  onMessage: (envelope: Envelope) => void,
  onEnd?: () => void,
): () => void {
  let listeners = listening.get(channel)
  if (listeners === undefined) listening.set(channel, (listeners = new Listeners(channel)))
  const current = listeners
  current.add(onMessage, onEnd)
  return () => current.remove(onMessage, onEnd)
}

function isEnvelope(message: unknown): message is Envelope {
  if (typeof message !== 'object' || message === null) return false
  return 'cmd' in message && message.cmd === envelopeCommand && 'type' in message && typeof message.type === 'string'
}
