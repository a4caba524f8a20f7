import type { EventEmitter } from 'node:events'

// Its types know nothing of the event by which Node hands over what is not the app's.
const channel: EventEmitter = process
let path: string | undefined

/** Makes welcomes of the broker name another socket: what stands between a bus and its broker then is up to us. */
export function divert(to: string): void {
  if (path === undefined) channel.prependListener('internalMessage', rewrite)
  path = to
}

function rewrite(envelope: unknown): void {
  if (typeof envelope !== 'object' || envelope === null || !('type' in envelope)) return
  // Whoever listens behind us is handed the same object.
  if (envelope.type === 'welcome' && 'path' in envelope) envelope.path = path
}
