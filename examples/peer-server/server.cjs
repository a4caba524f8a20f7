// PeerServer introduces browsers to each other, and knows those only that are connected to its own process. Here its
// processes hand on to each other what their peers say, so that PM2 may run as many of them as there are cores.

const { createBus } = require('@clusterbus/client')
const { createHash } = require('node:crypto')
const { PeerServer } = require('peer')

const bus = createBus({ path: process.env.BUS, host: 'elect' })
const doors = new Map()

const server = PeerServer({ host: '127.0.0.1', port: Number(process.env.PORT) }, () => process.send?.('ready'))
server.on('connection', welcome).on('disconnect', forget).on('message', handOn)

function welcome(client) {
  forget(client)
  const door = bus.respond(topicOf(client.getId()), (message) => client.send(message))
  doors.set(client, door)
}

function forget(client) {
  doors.get(client)?.unsubscribe()
  doors.delete(client)
}

async function handOn(client, message) {
  const { type, dst, payload } = message
  if (dst === undefined) return
  message.type = 'HANDED_ON' // PeerServer has no handler for it.
  const src = client.getId()
  try {
    await bus.request(topicOf(dst), { type, src, dst, payload })
  } catch {
    // Nobody has that peer. Alone, PeerServer says so as well, when it has waited for five seconds.
    client.send({ type: 'EXPIRE', src: dst, dst: src })
  }
}

/** Peers choose their ids as they like, and a topic must not have every character. */
function topicOf(id) {
  return `peer.${createHash('sha256').update(String(id)).digest('hex')}`
}
