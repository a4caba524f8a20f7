import { connect as connectTo, type Msg } from '@nats-io/transport-node'
import type { Peer, PeerConnection, ServerAddresses } from './peer.ts'
import { topicScope } from './topic-scope.ts'
import { Window } from './window.ts'

/** NATS by its own client, with callbacks rather than iterators. */
export const viaNats: Peer = { connect }

const requestMs = 10_000

async function connect({ nats: servers }: ServerAddresses): Promise<PeerConnection> {
  if (servers === undefined) throw new TypeError('nats needs the address of a NATS server')
  // Its README: without async traces requests are much faster.
  const connection = await connectTo({ servers, reconnect: false, noAsyncTraces: true })
  const window = new Window(() => connection.flush())

  async function listen(topic: string, take: (message: Msg) => unknown): Promise<void> {
    connection.subscribe(topicScope + topic, {
      callback(error, message) {
        if (error !== null) throw error
        take(message)
      },
    })
    await connection.flush()
  }

  return {
    publish(topic, data) {
      // Bytes, since a string would be encoded by TextEncoder, which takes longer for a short one: a tenth of the rate.
      const bytes = Buffer.from(JSON.stringify(data))
      connection.publish(topicScope + topic, bytes)
      return window.add(bytes.length)
    },
    flush: () => window.room(),
    subscribe: (topic, handler) => listen(topic, (message) => handler(message.json())),
    async request(topic, data) {
      const reply = await connection.request(topicScope + topic, Buffer.from(JSON.stringify(data)), {
        timeout: requestMs,
      })
      return reply.json()
    },
    respond: (topic, handler) =>
      listen(topic, async (message) => message.respond(Buffer.from(JSON.stringify(await handler(message.json()))))),
  }
}
