import { createBroker } from '@clusterbus/broker'
import { createBus } from '@clusterbus/client'
import { afterEach, describe, expect, test } from 'vitest'
import type { KeepsAnAccount } from './fixtures/keeps-an-account.ts'
import { Account, messagesOf, plainPatterns } from './fixtures/support/account.ts'
import { endWorkers, forkWorker } from './support/workers.ts'

const publishers = 4
const perPublisher = 26_000

afterEach(endWorkers)

describe.each([
  { transport: 'socket', serialization: 'json' },
  { transport: 'ipc', serialization: 'json' },
  { transport: 'ipc', serialization: 'advanced' },
] as const)('over $transport with $serialization serialization', ({ transport, serialization }) => {
  test('each subscription sees each message once and in order', { timeout: 60_000 }, async () => {
    await using broker = createBroker({ transport })
    const workers = Array.from({ length: publishers - 1 }, () =>
      forkWorker<KeepsAnAccount>('keeps-an-account', { serialization }),
    )
    await using bus = createBus()
    const account = new Account(bus)
    await account.subscribe('item.>')
    await Promise.all(workers.map((worker, index) => worker.call('subscribe', index === 0 ? 'item.>' : 'item.*.*')))
    expect(broker.members()).toHaveLength(publishers)

    const published = workers.map((worker, index) => worker.call('publish', index + 1, perPublisher))
    await Promise.all([...published, account.publish(0, perPublisher)])
    const accounts = await Promise.all([account.close(), ...workers.map((worker) => worker.call('close'))])

    const expected = Object.fromEntries(
      plainPatterns.map((pattern) => [pattern, publishers * messagesOf(pattern, perPublisher)]),
    )
    for (const { counts, faults, orders } of accounts) {
      expect(faults).toEqual([])
      expect(counts).toEqual(expected)
      expect(orders).toEqual(accounts[0]?.orders)
    }
    for (const group of ['apart', 'together'] as const) {
      const taken = accounts.map(({ shared }) => shared[group])
      expect(taken.every(({ length }) => length > 0)).toBe(true)
      expect(taken.flat()).toHaveLength(publishers * perPublisher)
      expect(new Set(taken.flat()).size).toBe(publishers * perPublisher)
    }
  })
})
