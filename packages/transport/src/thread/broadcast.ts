import { BroadcastChannel, receiveMessageOnPort } from 'node:worker_threads'

/** Says something to all threads of this process that listen for that name. It needs no turn of the event loop to go. */
export function broadcast(name: string, message: unknown): void {
  const channel = new BroadcastChannel(name)
  channel.postMessage(message)
  channel.close()
}

/** What {@link listenTo} has begun. It keeps nothing running. */
export interface Listening {
  /** Hears at once what has been said by now. */
  catchUp(): void
  stop(): void
}

/** Calls `onMessage` with what is said for that name from here on. */
export function listenTo(name: string, onMessage: (message: unknown) => void): Listening {
  const channel = new BroadcastChannel(name)
  channel.onmessage = (event: unknown) => {
    if (typeof event === 'object' && event !== null && 'data' in event) onMessage(event.data)
  }
  channel.unref()
  return {
    catchUp() {
      for (let next = received(channel); next !== undefined; next = received(channel)) onMessage(next.message)
    },
    stop: () => channel.close(),
  }
}

/** Node takes a broadcast channel there as well; its types do not say so. */
function received(channel: BroadcastChannel): { readonly message: unknown } | undefined {
  const next: unknown = Reflect.apply(receiveMessageOnPort, undefined, [channel])
  return typeof next === 'object' && next !== null && 'message' in next ? next : undefined
}
