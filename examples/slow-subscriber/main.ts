/** Slow subscribers under each policy: what they miss, how they learn of it, and for whom the publisher waits. */

import { createBroker } from '@clusterbus/broker'
import { createBus, type SubscribeOptions } from '@clusterbus/client'
import assert from 'node:assert/strict'
import cluster from 'node:cluster'
import { once } from 'node:events'
import { setTimeout as sleep } from 'node:timers/promises'

interface Events {
  'price.tea': number
  'price.milk': number
  'price.closing': number
  'rush.over': undefined
  clock: undefined
}

interface Account {
  readonly received: number
  readonly missed: number
  readonly prices: readonly number[]
}

/** A worker for each. So many messages may wait in its subscription. */
const queuedMessages = 50
const policies = new Map<string, SubscribeOptions>([
  ['drop-oldest', { queuedMessages, overflow: 'drop-oldest' }],
  ['drop-newest', { queuedMessages, overflow: 'drop-newest' }],
  ['conflate', { queuedMessages, conflate: 'topic' }],
  ['block', { queuedMessages }],
])

if (cluster.isPrimary) await sell()
else await follow(process.env['POLICY'] ?? '')

/** Is so slow that it works on its first price until the rush is over. */
async function follow(policy: string): Promise<void> {
  const bus = createBus<Events>({ name: policy })
  const rushOver = bus.once('rush.over')
  const prices: number[] = []
  let missed = 0

  const takePrice = async (price: number, { gap }: { gap: number }): Promise<void> => {
    missed += gap
    prices.push(price)
    await rushOver
  }
  bus.subscribe('price.*', takePrice, policies.get(policy))
  bus.subscribe('clock', () => undefined)
  bus.respond(`account.${policy}`, (): Account => ({ received: prices.length, missed, prices }))
  await bus.flush()
  process.send?.('ready')
}

async function sell(): Promise<void> {
  await using _broker = createBroker({ stallTimeout: 10_000 })
  await using bus = createBus<Events>()
  const workers = [...policies.keys()].map((policy) => cluster.fork({ POLICY: policy }))
  await Promise.all(workers.map((worker) => once(worker, 'message')))

  for (let price = 1; price <= 50; price += 1) {
    bus.publish('price.tea', price)
    bus.publish('price.milk', 100 + price)
  }
  // All of that was on its way before a full subscription could ask for a pause.
  while (bus.publish('clock')) await sleep(1)
  console.log('100 prices are out, and publish() returns false: a subscription that blocks is full')
  await bus.publish('rush.over', undefined, { confirm: 'handled' })
  await bus.flush()
  console.log('flush() has waited until it has room')

  await bus.publish('price.closing', 0, { confirm: 'handled' })
  for (const policy of policies.keys()) {
    const { received, missed, prices }: Account = await bus.request(`account.${policy}`)
    console.log(`${policy.padEnd(11)}  ${received} received + ${missed} missed = 101: ${inShort(prices)}`)
    assert.equal(received + missed, 101)
  }
  for (const worker of workers) worker.disconnect()
}

function inShort(prices: readonly number[]): string {
  return prices.length < 7 ? prices.join(' ') : `${prices.slice(0, 3).join(' ')} ... ${prices.slice(-3).join(' ')}`
}
