import { parentPort } from 'node:worker_threads'
import { peers } from '../peers/catalogue.ts'
import { type Channel, control } from './control.ts'
import { startOrder } from './start-order.ts'
import { workerApi } from './worker-api.ts'

const order = startOrder(process.argv[2])
const peer = await peers[order.peer].load()
const channel = openChannel()
control(channel, workerApi(await peer.connect(order.servers)))
channel.send('ready')

function openChannel(): Channel {
  const port = parentPort
  if (port !== null) {
    return { send: (message) => port.postMessage(message), listen: (listener) => void port.on('message', listener) }
  }
  return { send: (message) => void process.send?.(message), listen: (listener) => void process.on('message', listener) }
}
