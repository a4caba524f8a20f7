import type { BusOptions } from '@clusterbus/client'
import assert from 'node:assert/strict'
import type { BusCase, CaseTools } from '../bus-case.ts'
import { caughtUp, inboxOf } from '../tools/inbox.ts'

/** Far more than links and systems hold, and less than a bus that publishes may queue. */
const messages = 300
const payload = Buffer.alloc(65_536)

export const overflow: readonly BusCase[] = [
  {
    name: 'a bus that has the oldest dropped is told of every message that it misses, and gets the newest',
    run: (t) => missesNothingUntold(t, { overflow: 'drop-oldest', limits: { queuedBytes: 200_000 } }),
  },
  {
    name: 'a bus that has the newest dropped is told of every message that it misses',
    run: (t) => missesNothingUntold(t, { overflow: 'drop-newest', limits: { memberMessages: 5 } }),
  },
  {
    name: 'a bus that wants the newest of each topic is told of every message that it misses, and gets the newest',
    run: (t) => missesNothingUntold(t, { conflate: 'topic' }),
  },
  {
    name: 'a bus that keeps up misses nothing, whatever it wants dropped',
    async run(t) {
      const publisher = await t.connected()
      for (const options of [
        { overflow: 'drop-oldest' },
        { overflow: 'drop-newest' },
        { conflate: 'topic' },
      ] as const) {
        const bus = await t.connected(options)
        const inbox = await inboxOf(bus, 'a')
        for (let number = 0; number < 100; number++) {
          publisher.publish('a', number)
          await publisher.flush()
        }
        await inbox.holds(100)
        assert.deepEqual(inbox.data, [...Array(100).keys()])
        assert.equal(bus.stats().missed, 0)
      }
    },
  },
]

async function missesNothingUntold(t: CaseTools, options: BusOptions): Promise<void> {
  const [bus, publisher, healthy] = [await t.connected(options), await t.connected(), await t.connected()]
  const [inbox, all] = [await inboxOf(bus, 'a'), await inboxOf(healthy, 'a')]
  for (let number = 0; number < messages; number++) publisher.publish('a', payload)
  await caughtUp(publisher, healthy)
  assert.equal(all.messages.length, messages)
  // What is missing is told with the next message at the latest; the queue has room for one when the bus was heard.
  await bus.flush()
  publisher.publish('a', 'last')
  while (inbox.data.at(-1) !== 'last') await inbox.holds(inbox.messages.length + 1)
  const missed = inbox.messages.reduce((sum, { gap }) => sum + gap, 0)
  assert.equal(missed + inbox.messages.length, messages + 1)
  assert.equal(bus.stats().missed, missed)
  assert.equal(bus.stats().connects, 1)
}
