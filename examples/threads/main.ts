/** Threads on the bus: a pool of them shares jobs, and a thread of a worker is a member like any other. */

import { createBroker } from '@clusterbus/broker'
import { createBus } from '@clusterbus/client'
import assert from 'node:assert/strict'
import cluster from 'node:cluster'
import { once } from 'node:events'
import { isMainThread, Worker } from 'node:worker_threads'

interface Events {
  'thread.ready': { place: string }
  'sum.to': number
  'config.changed': { version: number }
}

const bus = createBus<Events>()
if (!isMainThread) await inThread()
else if (cluster.isPrimary) await inPrimary()
else startThread('a worker')

/** Threads start from source like the rest, though tsx leaves them alone when it is only imported. */
function startThread(place: string): Worker {
  const url = JSON.stringify(import.meta.url)
  const code = `import('tsx/esm/api').then(({ register }) => { register(); return import(${url}) })`
  return new Worker(code, { eval: true, argv: [place] })
}

async function inThread(): Promise<void> {
  const [place = ''] = process.argv.slice(2)
  bus.respond('sum.to', (end) => {
    let sum = 0
    for (let number = 1; number <= end; number++) sum += number
    return sum
  })
  // A thread that is a member has nothing to do for it: a bus alone does not keep it running.
  const changed = bus.once('config.changed', { timeout: 30_000 })
  await bus.flush()
  bus.publish('thread.ready', { place })
  const { data } = await changed
  console.log(`thread of ${place}: version ${data.version}`)
  await bus.drain()
}

async function inPrimary(): Promise<void> {
  const broker = createBroker()
  const ready = new Promise<void>((resolve) => {
    let count = 0
    bus.subscribe('thread.ready', () => void ((count += 1) === 3 && resolve()))
  })
  await bus.ready()
  const threads = [startThread('the primary'), startThread('the primary')]
  const worker = cluster.fork()
  const ended = Promise.all([...threads.map((thread) => once(thread, 'exit')), once(worker, 'exit')])
  await ready

  const kinds = broker.members().map(({ kind }) => kind)
  console.log(`members: ${kinds.toSorted().join(', ')}`)
  const sums = await Promise.all([10, 1_000, 100_000].map((end) => bus.request('sum.to', end)))
  console.log(`sums, while this event loop is free: ${sums.join(', ')}`)
  const { delivered } = await bus.publish('config.changed', { version: 2 }, { confirm: 'handled' })
  console.log(`the change has reached ${delivered} threads`)
  await bus.close()
  cluster.disconnect()
  await ended
  assert.deepEqual(kinds.toSorted(), ['cluster', 'primary', 'thread', 'thread', 'thread'])
  assert.deepEqual(sums, [55, 500_500, 5_000_050_000])
  assert.equal(delivered, 3)
}
