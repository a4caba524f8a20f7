import { expect, test } from 'vitest'
import { createBus } from '../src/index.ts'

test('a process that runs alone is bound by the limits of its bus', async () => {
  await using bus = createBus({ limits: { payloadBytes: 4 * 1024 * 1024 } })
  const arrived = bus.once('large')
  bus.publish('large', 'x'.repeat(2 * 1024 * 1024))
  expect((await arrived).data).toHaveLength(2 * 1024 * 1024)
})
