/** A change of config that every worker has to take: how many have, in how many it failed, and how many are gone. */

import { createBroker } from '@clusterbus/broker'
import { createBus } from '@clusterbus/client'
import assert from 'node:assert/strict'
import cluster from 'node:cluster'
import { once } from 'node:events'

interface Events {
  'config.changed': { maxMegabytes: number }
}

if (cluster.isPrimary) await change()
else await apply(process.env['NAME'] ?? '')

async function apply(name: string): Promise<void> {
  const bus = createBus<Events>({ name })
  bus.on('error', ({ code, cause }) => console.log(`worker ${name}: ${code}, ${String(cause)}`))

  const subscription = bus.subscribe('config.changed', async ({ maxMegabytes }) => {
    if (maxMegabytes <= 100 || name === 'large') return
    if (name === 'small') throw new RangeError(`${maxMegabytes} MB do not fit`)
    process.send?.('busy')
    await new Promise(() => undefined)
  })
  await subscription.ready
  process.send?.('ready')
}

async function change(): Promise<void> {
  await using _broker = createBroker()
  await using bus = createBus<Events>()
  const [large, small, slow] = [fork('large'), fork('small'), fork('slow')]
  await Promise.all([large, small, slow].map((worker) => once(worker, 'message')))

  assert.deepEqual(await publish(20), { members: 3, delivered: 3, failed: 0, gone: 0 })

  // It is killed in the middle of its work, and the publisher does not wait for it until the timeout.
  slow.once('message', () => slow.process.kill('SIGKILL'))
  assert.deepEqual(await publish(500), { members: 3, delivered: 1, failed: 1, gone: 1 })

  assert.deepEqual(await publish(50), { members: 2, delivered: 2, failed: 0, gone: 0 })
  for (const worker of [large, small]) worker.disconnect()

  async function publish(maxMegabytes: number): Promise<unknown> {
    const confirmation = await bus.publish('config.changed', { maxMegabytes }, { confirm: 'handled', timeout: 10_000 })
    const { members, delivered, failed, gone } = confirmation
    console.log(`${maxMegabytes} MB: of ${members} members ${delivered} have it, ${failed} failed, ${gone} are gone`)
    return confirmation
  }
}

function fork(name: string): ReturnType<typeof cluster.fork> {
  return cluster.fork({ NAME: name })
}
