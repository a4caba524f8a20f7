import type { PeerConnection } from './peer.ts'
import { ReplyTopics } from './reply-topics.ts'
import { topicScope } from './topic-scope.ts'
import { Window } from './window.ts'

/** The part of a Redis client that is used here. */
export interface RedisClients {
  /** Resolves when the server has acknowledged it. */
  publish(topic: string, text: string): Promise<unknown>
  /** Resolves when the server has acknowledged it. */
  subscribe(topic: string, handler: (text: string) => void): Promise<unknown>
}

/** What both Redis clients are used with: JSON, a bound on what is unacknowledged, and reply topics for requests. */
export function redisTopics(clients: RedisClients): PeerConnection {
  let acknowledged: Promise<unknown> = Promise.resolve()
  // Redis answers in order: when the last publish is acknowledged, all are.
  const window = new Window(() => acknowledged)
  const replies = new ReplyTopics(clients)
  return {
    publish(topic, data) {
      const text = JSON.stringify(data)
      acknowledged = clients.publish(topicScope + topic, text)
      return window.add(text.length)
    },
    flush: () => window.room(),
    async subscribe(topic, handler) {
      await clients.subscribe(topicScope + topic, (text) => handler(JSON.parse(text)))
    },
    request: (topic, data) => replies.request(topicScope + topic, data),
    respond: (topic, handler) => replies.respond(topicScope + topic, handler),
  }
}
