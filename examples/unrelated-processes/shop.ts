/** A program that hosts a broker at the path that it is given, and sells what it is asked for. */

import { createBroker } from '@clusterbus/broker'
import { createBus } from '@clusterbus/client'

const [, , path = ''] = process.argv
// It forks nobody, so it needs no second socket for workers, which would stay behind when it is killed.
const broker = createBroker({ transport: 'ipc' })
const bus = createBus<{ 'shop.sold': { item: string } }>({ name: 'shop' })

await bus.respond('shop.sell', (item: string) => {
  bus.publish('shop.sold', { item })
  return true
}).ready
await broker.listen({ path })

const open = setInterval(() => undefined, 2 ** 30)
process.once('SIGTERM', async () => {
  await bus.drain()
  await broker.drain()
  clearInterval(open)
})
