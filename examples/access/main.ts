/** Who may do what: a plugin that is to hear of orders and must not make any, and what it is told when it tries. */

import { type Authorize, createBroker } from '@clusterbus/broker'
import { createBus } from '@clusterbus/client'
import assert from 'node:assert/strict'
import cluster from 'node:cluster'
import { once } from 'node:events'

interface Events {
  'orders.placed': { item: string }
  'plugin.ready': undefined
}

/** Asked once for each member, action and topic, those of the primary included. Plugins are named so where they are forked. */
const authorize: Authorize = ({ name }, action, topic) => {
  if (name !== 'plugin') return true
  if (topic.startsWith('plugin.')) return true
  return action === 'subscribe' && topic === 'orders.placed'
}

if (cluster.isPrimary) await run()
else await plugIn()

async function run(): Promise<void> {
  await using broker = createBroker({ authorize })
  await using bus = createBus<Events>({ name: 'shop' })
  const orders: string[] = []
  await bus.subscribe('orders.*', ({ item }) => orders.push(item)).ready
  bus.respond('orders.price', () => 12)
  bus.subscribe('plugin.ready', () => bus.publish('orders.placed', { item: 'a book' }))

  const [code] = await once(cluster.fork(), 'exit')
  assert.equal(code, 0)
  assert.deepEqual(orders, ['a book'])
  const { refused, violated } = broker.stats()
  console.log(`the shop:    ${orders.length} order, ${refused} messages refused`)
  // The plugin was refused, and not disconnected for it.
  assert.deepEqual({ refused, violated }, { refused: 2, violated: 0 })
}

async function plugIn(): Promise<void> {
  const bus = createBus<Events>({ name: 'plugin' })
  const errors: string[] = []
  bus.on('error', ({ message }) => errors.push(message))
  const heard = bus.once('orders.placed', { timeout: 10_000 })
  bus.publish('plugin.ready')
  console.log(`the plugin:  hears of ${(await heard).data.item}`)

  await tell('subscribe', () => bus.subscribe('orders.>', () => undefined).ready)
  await tell('request', () => bus.request('orders.price'))
  await tell('publish and wait', () => bus.publish('orders.placed', { item: 'a forgery' }, { confirm: 'routed' }))

  // Nobody waits for this one, so the broker says later that it was refused: to 'error', and to whoever publishes again.
  bus.publish('orders.placed', { item: 'another' })
  await bus.flush()
  console.log(`publish:           ${errors.at(-1)}`)
  await tell('publish again', () => bus.publish('orders.placed', { item: 'one more' }))

  await bus.drain()
  process.disconnect()
}

async function tell(what: string, call: () => unknown): Promise<void> {
  try {
    await call()
  } catch (error) {
    assert(error instanceof Error && 'code' in error)
    console.log(`${`${what}:`.padEnd(18)} ${String(error.code)}`)
    return
  }
  assert.fail(`${what} was allowed`)
}
