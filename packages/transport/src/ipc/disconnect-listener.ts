import type { EventEmitter } from 'node:events'

/** What counts who keeps this process running for the sake of its IPC channel. */
interface RefCounter {
  refCounted(): void
  unrefCounted(): void
}

/**
 * Listens for the end of a channel, and does not keep the process running. In a child, Node counts each listener for
 * `disconnect` as a reason to run on. `process.channel.unref()` would end that for the app's own listeners as well, and for
 * good, so what Node has counted for this one listener is taken back.
 */
export function onDisconnect(channel: EventEmitter, listener: () => void): void {
  channel.on('disconnect', listener)
  refCounterOf(channel)?.unrefCounted()
}

export function offDisconnect(channel: EventEmitter, listener: () => void): void {
  if (!channel.listeners('disconnect').includes(listener)) return
  refCounterOf(channel)?.refCounted()
  channel.off('disconnect', listener)
}

/** In the parent nothing is counted. */
function refCounterOf(channel: EventEmitter): RefCounter | undefined {
  const control: unknown = channel === process ? process.channel : undefined
  return isRefCounter(control) ? control : undefined
}

function isRefCounter(control: unknown): control is RefCounter {
  if (typeof control !== 'object' || control === null) return false
  if (!('refCounted' in control) || !('unrefCounted' in control)) return false
  return typeof control.refCounted === 'function' && typeof control.unrefCounted === 'function'
}
