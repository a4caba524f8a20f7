/** A bus in a plain process, without a cluster and without a broker: code that uses one works the same. */

import { createBus } from '@clusterbus/client'
import assert from 'node:assert/strict'

interface Events {
  'order.placed': { id: number; item: string }
  'order.count': undefined
}

await using bus = createBus<Events>()

const orders: string[] = []
bus.subscribe('order.placed', ({ item }) => orders.push(item))
bus.subscribe('order.*', (_, { topic }) => console.log(`something happened: ${topic}`))
bus.respond('order.count', () => orders.length)

bus.publish('order.placed', { id: 1, item: 'tea' })
bus.publish('order.placed', { id: 2, item: 'milk' })
const count: number = await bus.request('order.count')
console.log(`orders placed: ${count}, of ${orders.join(' and ')}`)

const members = await bus.members()
console.log(`members: ${members.map(({ pid }) => (pid === process.pid ? 'this process' : pid)).join()}`)

assert.equal(members.length, 1)
assert.equal(count, 2)
assert.deepEqual(orders, ['tea', 'milk'])
