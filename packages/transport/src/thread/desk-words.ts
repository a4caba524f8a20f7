/**
 * What threads of one process say to each other to find a broker. All of it is said on broadcast channels, because only
 * those can be had without a word to the app: a port to a thread would arrive among the app's own messages.
 */

/** Where a desk, which goes by the id of its thread, is spoken to. */
export function deskChannel(desk: number): string {
  return `clusterbus.desk.1.${desk}`
}

/** Where desks say that they are there, and threads that know of none ask. */
export const noticeChannel = 'clusterbus.threads.1'

/** The desk of the main thread, which every thread of a process may ask. */
export const mainDesk = 0

/** From a thread to a desk: a message, and where answers go. */
export interface ThreadMessage {
  readonly thread: number
  readonly reply: string
  readonly message: unknown
}

/** On the notice channel: a desk is there, for all or for one thread. */
export interface DeskNotice {
  readonly desk: number
  readonly thread?: number
}

export function isThreadMessage(message: unknown): message is ThreadMessage {
  if (typeof message !== 'object' || message === null) return false
  if (!('thread' in message && 'reply' in message && 'message' in message)) return false
  return typeof message.thread === 'number' && typeof message.reply === 'string'
}

export function isDeskNotice(message: unknown): message is DeskNotice {
  if (typeof message !== 'object' || message === null || !('desk' in message)) return false
  return typeof message.desk === 'number'
}

/** The reply channel of a thread that has closed it: all that was said there has been said. */
export function leftReply(message: unknown): string | undefined {
  if (typeof message !== 'object' || message === null || !('left' in message)) return undefined
  return typeof message.left === 'string' ? message.left : undefined
}

/** The thread that asks on the notice channel who serves it. */
export function askingThread(message: unknown): number | undefined {
  if (typeof message !== 'object' || message === null || !('asks' in message)) return undefined
  return typeof message.asks === 'number' ? message.asks : undefined
}

/** The thread whose end its parent tells a desk of. */
export function exitedThread(message: unknown): number | undefined {
  if (typeof message !== 'object' || message === null || !('exited' in message)) return undefined
  return typeof message.exited === 'number' ? message.exited : undefined
}
