import { createBroker } from '@clusterbus/broker'
import { systemClock } from '@clusterbus/transport'
import { expect, test, vi } from 'vitest'
import { createBus } from '../src/index.ts'

test('a broker that takes the place of a local one waits for the leases that were given there', async () => {
  await using before = createBus()
  const holder = { evict: () => undefined, reset: () => undefined }
  const held = before.holdCache('users', {}, holder)
  await vi.waitFor(() => expect(held.isFresh).toBe(true))
  const heldAt = systemClock.now()
  await using broker = createBroker({ leaseDuration: 30 })
  await broker.ready()
  await using after = createBus()
  const answer = await after.holdCache('orders', {}, holder).invalidate([{ kind: 'all', text: '' }])
  expect(answer).toEqual({ members: 0, fenced: 0 })
  // It was fresh then, so its lease ended later, and for whoever waits for that half a second later still.
  expect(systemClock.now()).toBeGreaterThanOrEqual(heldAt + 450)
})
