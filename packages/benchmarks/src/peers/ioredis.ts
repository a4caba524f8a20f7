import { Redis } from 'ioredis'
import type { Peer, PeerConnection, ServerAddresses } from './peer.ts'
import { redisTopics } from './redis-topics.ts'

/** Redis pub/sub by ioredis: a connection to publish and one that is subscribed, both over a Unix socket. */
export const viaIoredis: Peer = { connect }

async function connect({ redis: path }: ServerAddresses): Promise<PeerConnection> {
  if (path === undefined) throw new TypeError('ioredis needs the address of a Redis server')
  // No auto pipelining: it waits for the answers of one pipeline before it sends the next, and has a third less through.
  // No reconnecting either: what a lost connection took along would be lost without a word.
  const publisher = new Redis({ path, lazyConnect: true, retryStrategy: () => null })
  const subscriber = publisher.duplicate()
  await Promise.all([publisher.connect(), subscriber.connect()])
  const handlers = new Map<string, (text: string) => void>()
  subscriber.on('message', (topic, text) => handlers.get(topic)?.(text))
  const topics = redisTopics({
    publish: (topic, text) => publisher.publish(topic, text),
    subscribe(topic, handler) {
      handlers.set(topic, handler)
      return subscriber.subscribe(topic)
    },
  })
  return { ...topics, openCache: async (max) => (await import('./bentocache.ts')).bentocache(path, max) }
}
