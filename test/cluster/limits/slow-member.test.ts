import { createBroker } from '@clusterbus/broker'
import { createBus } from '@clusterbus/client'
import { afterEach, expect, test } from 'vitest'
import { endWorkers, forkWorker } from '../support/workers.ts'

afterEach(endWorkers)

test('a member that is slow but never stops is waited for, and gets everything', async () => {
  // It is at work for two seconds, so it must say that it is alive; a busy machine may keep it from that for a while.
  await using broker = createBroker({ stallTimeout: 3_000, limits: { queuedBytes: 4 * 1024 * 1024 } })
  const errors: Error[] = []
  broker.on('error', (error) => errors.push(error))
  await using bus = createBus()
  const ready = bus.once('ready')
  forkWorker('works-slowly')
  await ready
  for (let number = 0; number < 40_000; number++) {
    if (!bus.publish('work', { number, text: 'x'.repeat(80) })) await bus.flush()
  }
  await bus.flush()
  // Its responder says so behind all that was queued for it.
  expect(await bus.request('received', undefined, { timeout: 15_000 })).toBe(40_000)
  expect(errors).toEqual([])
  expect(broker.stats()).toMatchObject({ overflowed: 0, dropped: 0 })
})
