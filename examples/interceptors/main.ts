/** Interceptors: a request's id travels along to another process and back, and every handler is timed. */

import { createBroker } from '@clusterbus/broker'
import { carryStore, createBus, type Interceptor } from '@clusterbus/client'
import assert from 'node:assert/strict'
import { AsyncLocalStorage } from 'node:async_hooks'
import cluster from 'node:cluster'
import { subscribe } from 'node:diagnostics_channel'
import { once } from 'node:events'
import { setTimeout as after } from 'node:timers/promises'

interface Events {
  'order.placed': { item: string }
  'order.packed': { item: string }
}

const request = new AsyncLocalStorage<string>()
/** What the process is doing it for, in a header; and in the other process while it is handled. */
const carrier = carryStore({ storage: request, header: 'request-id', serialize: (id) => id, parse: (id) => id })

/** Says what is sent and what is handled, and for which request. */
function logging(lines: string[]): Interceptor {
  const log = (what: string): void => void lines.push(`${what} for ${request.getStore() ?? 'nobody'}`)
  return {
    publish: ({ topic }, next) => {
      log(`sends ${topic}`)
      return next()
    },
    deliver: async ({ topic }, next) => {
      const result = await next()
      log(`has handled ${topic}`)
      return result
    },
  }
}

if (cluster.isPrimary) await order()
else pack()

function pack(): void {
  const bus = createBus<Events>()
  const lines: string[] = []
  bus.use(carrier)
  bus.use(logging(lines))
  bus.subscribe('order.placed', async ({ item }) => {
    await after(10)
    bus.publish('order.packed', { item })
  })
  bus.respond('log', () => [...lines])
  void bus.flush().then(() => process.send?.('ready'))
}

async function order(): Promise<void> {
  await using _broker = createBroker()
  await using bus = createBus<Events>()
  const worker = cluster.fork()
  await once(worker, 'message')

  const lines: string[] = []
  bus.use(carrier)
  const stopLogging = bus.use(logging(lines))
  const slow: number[] = []
  subscribe('clusterbus:request', (told) => slow.push(Object(told).durationMs))

  for (const [id, item] of Object.entries({ 'request 1': 'tea', 'request 2': 'milk' })) {
    const packed = bus.once('order.packed')
    await request.run(id, () => bus.publish('order.placed', { item }, { confirm: 'handled' }))
    assert.equal((await packed).headers['request-id'], id)
  }
  stopLogging()
  const packer: string[] = await bus.request('log')
  worker.disconnect()

  console.log(lines.map((line) => `primary ${line}`).join('\n'))
  console.log(packer.map((line) => `worker  ${line}`).join('\n'))
  console.log(`diagnostics: ${slow.length} request was timed`)

  assert.deepEqual(packer, [
    'sends order.packed for request 1',
    'has handled order.placed for request 1',
    'sends order.packed for request 2',
    'has handled order.placed for request 2',
  ])
  assert.equal(lines.length, 4)
  assert.equal(slow.length, 1)
}
