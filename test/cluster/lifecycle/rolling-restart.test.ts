import { createBroker } from '@clusterbus/broker'
import { createBus } from '@clusterbus/client'
import { afterEach, expect, test } from 'vitest'
import { joinWorker, numbersTo, type ToldWorker } from '../support/members.ts'
import { endWorkers } from '../support/workers.ts'

afterEach(endWorkers)

async function joinWorking(name: string): Promise<ToldWorker> {
  const worker = await joinWorker({ name })
  await worker.call('subscribe', 'job', { group: 'workers' })
  await worker.call('respondWithPid', 'who')
  return worker
}

/** Ends a worker as its owner should, and returns the numbers of the jobs that it has done. */
async function retire(worker: ToldWorker): Promise<number[]> {
  await worker.call('drain')
  const jobs = await worker.call('received', 'job', 0)
  await worker.last('exit', 0)
  return jobs.map(({ data }) => Number(data))
}

test('four workers are restarted in turn under load: no job is lost or doubled, and no request fails', async () => {
  await using _ = createBroker()
  await using bus = createBus()
  let workers = await Promise.all(numbersTo(4).map((index) => joinWorking(`first-${index}`)))
  let done: number[] = []
  const answered: unknown[] = []
  const failed: unknown[] = []
  let published = 0
  let over = false
  const publishing = (async () => {
    while (!over) {
      for (let count = 0; count < 10; count++) bus.publish('job', published++)
      await bus.flush()
    }
  })()
  const asking = numbersTo(8).map(async () => {
    while (!over)
      await bus.request('who').then(
        (pid) => answered.push(pid),
        (error) => failed.push(error),
      )
  })

  try {
    for (const [index, worker] of workers.entries()) {
      const successor = await joinWorking(`second-${index}`)
      done = done.concat(await retire(worker))
      workers = workers.with(index, successor)
    }
  } finally {
    over = true
  }
  await Promise.all([publishing, ...asking])
  for (const worker of workers) done = done.concat(await retire(worker))

  expect(failed).toEqual([])
  expect(answered.length).toBeGreaterThan(100)
  expect(done.sort((a, b) => a - b)).toEqual(numbersTo(published))
})
