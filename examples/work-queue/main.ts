/** Jobs for a group of workers. One of them is asked to end in the middle of its work, and no job is lost. */

import { createBroker } from '@clusterbus/broker'
import { createBus } from '@clusterbus/client'
import assert from 'node:assert/strict'
import cluster from 'node:cluster'
import { once } from 'node:events'
import { setTimeout as sleep } from 'node:timers/promises'

interface Events {
  job: { id: number }
  'job.done': { id: number; worker: number }
}

if (cluster.isPrimary) await handOut()
else await work(cluster.worker?.id ?? 0)

async function work(worker: number): Promise<void> {
  const bus = createBus<Events>()
  const jobs = bus.subscribe('job', { group: 'workers' })
  process.once('SIGTERM', () => void jobs.drain())
  await jobs.ready
  process.send?.('ready')

  // After drain() no new job comes; the loop ends when those that had come are done.
  for await (const { data } of jobs) {
    await sleep(10)
    bus.publish('job.done', { id: data.id, worker })
  }
  await bus.drain()
  process.disconnect()
}

async function handOut(): Promise<void> {
  await using _broker = createBroker()
  await using bus = createBus<Events>()
  const done = new Map<number, number>()
  bus.subscribe('job.done', ({ id, worker }) => {
    assert.ok(!done.has(id), `job ${id} was done twice`)
    done.set(id, worker)
  })

  const [first, second] = [cluster.fork(), cluster.fork()]
  await Promise.all([once(first, 'message'), once(second, 'message')])

  for (let id = 1; id <= 12; id += 1) bus.publish('job', { id })
  await bus.once('job.done')
  await bus.flush()
  first.process.kill('SIGTERM')
  console.log('12 jobs for two workers; worker 1 is asked to end')
  await once(first, 'exit')
  console.log(`worker 1 has ended, after ${jobsOf(1)} jobs`)

  for (let id = 13; id <= 20; id += 1) bus.publish('job', { id })
  await bus.flush()
  second.process.kill('SIGTERM')
  await once(second, 'exit')
  console.log(`8 more jobs; worker 2 did ${jobsOf(2)} in all`)
  assert.equal(done.size, 20)

  function jobsOf(worker: number): number {
    return [...done.values()].filter((each) => each === worker).length
  }
}
