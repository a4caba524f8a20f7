/** Schemas say what events are: for the types, and for what is published. */

import { createBroker } from '@clusterbus/broker'
import { type Bus, BusError, createBus, type EventsOf } from '@clusterbus/client'
import assert from 'node:assert/strict'
import cluster from 'node:cluster'
import { once } from 'node:events'
import { z } from 'zod'

const schemas = {
  'order.placed': z.object({ id: z.number().int(), item: z.string(), count: z.coerce.number().min(1).default(1) }),
  'order.cancelled': z.object({ id: z.number().int(), why: z.string() }),
  'price.of': { data: z.object({ item: z.string() }), reply: z.object({ cents: z.number().int() }) },
}

type Events = EventsOf<typeof schemas>

if (cluster.isPrimary) await sell()
else keepShop()

function keepShop(): void {
  const bus: Bus<Events> = createBus({ schemas })
  // What comes is one of two: the topic tells which.
  bus.subscribe('order.*', (_, message) => {
    if (message.topic === 'order.placed') process.send?.(`${message.data.count} x ${message.data.item}`)
    else process.send?.(`not ${message.data.id}: ${message.data.why}`)
  })
  bus.respond('price.of', ({ item }) => ({ cents: item === 'tea' ? 499 : Number.NaN }))
  void bus.flush().then(() => process.send?.('open'))
}

async function sell(): Promise<void> {
  await using _broker = createBroker()
  await using bus = createBus({ schemas })
  const shop = cluster.fork()
  const heard: string[] = []
  shop.on('message', (line: string) => heard.push(line))
  await once(shop, 'message')

  await bus.publish('order.placed', { id: 1, item: 'tea', count: '3' }, { confirm: 'handled' })
  await bus.publish('order.placed', { id: 2, item: 'milk' }, { confirm: 'handled' })
  await bus.publish('order.cancelled', { id: 2, why: 'none left' }, { confirm: 'handled' })

  const refused = await failure('order 3', () => bus.publish('order.placed', { id: 3, item: 'tea', count: 0 }))
  assert.equal(refused.code, 'UNENCODABLE')
  assert.deepEqual(
    refused.issues?.map(({ path }) => path),
    [['count']],
  )

  const { cents } = await bus.request('price.of', { item: 'tea' })
  console.log(`price of tea: ${cents}`)
  assert.equal(cents, 499)

  const unanswered = await failure('price of milk', () => bus.request('price.of', { item: 'milk' }))
  assert.equal(unanswered.code, 'REMOTE_ERROR')

  // All that it has heard was sent before its answers.
  console.log(heard.join('\n'))
  shop.disconnect()
  assert.deepEqual(heard, ['open', '3 x tea', '1 x milk', 'not 2: none left'])
}

async function failure(what: string, call: () => unknown): Promise<BusError> {
  try {
    await call()
  } catch (error) {
    if (!(error instanceof BusError)) throw error
    console.log(`${what}: ${error.code}: ${error.message}`)
    return error
  }
  throw new Error(`${what} should have failed`)
}
