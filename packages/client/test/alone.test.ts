// Buses load it when they need one, and from sources that takes too long on a busy machine.
import '@clusterbus/broker/local'
import { processBroker } from '@clusterbus/transport'
import { expect, test } from 'vitest'
import { createBus } from '../src/index.ts'

test('a process that runs alone is bound by the limits of its bus', async () => {
  // That of other buses has their limits, and files that share this process may have had some.
  processBroker()?.giveWay?.()
  await using bus = createBus({ limits: { payloadBytes: 4 * 1024 * 1024 } })
  const arrived = bus.once('large')
  bus.publish('large', 'x'.repeat(2 * 1024 * 1024))
  expect((await arrived).data).toHaveLength(2 * 1024 * 1024)
})
