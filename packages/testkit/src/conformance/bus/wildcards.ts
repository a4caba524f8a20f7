import { matches } from '@clusterbus/protocol'
import assert from 'node:assert/strict'
import type { BusCase } from '../bus-case.ts'
import { caughtUp, Inbox, inboxOf } from '../tools/inbox.ts'
import { seededRandom } from '../tools/random.ts'

const tokens = ['a', 'b', 'c', '__proto__', 'é']

export const wildcards: readonly BusCase[] = [
  {
    name: '* stands for exactly one token, a last > for one or more',
    async run(t) {
      const bus = t.bus()
      const expected: Record<string, string[]> = {
        'a.*': ['a.b'],
        'a.>': ['a.b', 'a.b.c', 'a.b.c.d'],
        '*.b': ['a.b', 'b.b'],
        '*': ['a', 'b'],
        'a.*.c': ['a.b.c'],
        '*.*.>': ['a.b.c', 'a.b.c.d'],
        'a.b': ['a.b'],
      }
      const inboxes = Object.keys(expected).map((pattern) => new Inbox(bus, pattern))
      for (const topic of ['a', 'b', 'a.b', 'b.b', 'a.b.c', 'a.b.c.d']) bus.publish(topic)
      await caughtUp(bus, bus)
      for (const { subscription, topics } of inboxes) {
        const heard = topics.filter((topic) => topic !== 'conformance-mark')
        assert.deepEqual(heard, expected[subscription.pattern], subscription.pattern)
      }
    },
  },
  {
    name: 'random patterns hear what the definition says, before and after half of them ended',
    async run(t) {
      const [bus, publisher] = [t.bus(), t.bus()]
      const random = seededRandom(7)
      const patterns = Array.from({ length: t.many(300) }, () => randomPattern(random))
      const topics = Array.from({ length: 400 }, () => randomTopic(random))
      const inboxes = await Promise.all(patterns.map((pattern) => inboxOf(bus, pattern)))
      for (const topic of topics) publisher.publish(topic)
      await caughtUp(publisher, bus)
      for (const [index, { subscription }] of inboxes.entries()) if (index % 2 === 0) subscription.unsubscribe()
      await bus.flush()
      for (const topic of topics) publisher.publish(topic)
      await caughtUp(publisher, bus)
      for (const [index, inbox] of inboxes.entries()) {
        const pattern = inbox.subscription.pattern
        const matching = topics.filter((topic) => matches(pattern, topic))
        const heard = inbox.topics.filter((topic) => topic !== 'conformance-mark')
        assert.deepEqual(heard, index % 2 === 0 ? matching : [...matching, ...matching], pattern)
      }
    },
  },
  {
    name: 'random patterns shared by groups are heard once by each group',
    async run(t) {
      const [first, second, publisher] = [t.bus(), t.bus(), t.bus()]
      const random = seededRandom(11)
      const shared = Array.from({ length: 60 }, (_, index) => ({
        pattern: randomPattern(random),
        group: `g${index % 5}`,
        bus: index % 2 === 0 ? first : second,
      }))
      const inboxes = await Promise.all(
        shared.map(async ({ bus, pattern, group }) => ({ group, inbox: await inboxOf(bus, pattern, { group }) })),
      )
      const topics = Array.from({ length: 200 }, () => randomTopic(random))
      for (const [index, topic] of topics.entries()) publisher.publish(topic, index)
      await caughtUp(publisher, first, second)
      for (const group of ['g0', 'g1', 'g2', 'g3', 'g4']) {
        const patterns = shared.filter((one) => one.group === group).map(({ pattern }) => pattern)
        const expected = [...topics.keys()].filter((index) =>
          patterns.some((pattern) => matches(pattern, String(topics[index]))),
        )
        const heard = inboxes.filter((one) => one.group === group).flatMap(({ inbox }) => inbox.messages)
        const numbers = heard.filter(({ topic }) => topic !== 'conformance-mark').map(({ data }) => Number(data))
        assert.deepEqual(
          numbers.sort((a, b) => a - b),
          expected,
          group,
        )
      }
    },
  },
]

function randomTopic(random: () => number): string {
  const length = 1 + Math.floor(random() * 4)
  return Array.from({ length }, () => tokens[Math.floor(random() * tokens.length)]).join('.')
}

function randomPattern(random: () => number): string {
  const parts = randomTopic(random)
    .split('.')
    .map((token) => (random() < 0.3 ? '*' : token))
  if (random() < 0.3) parts[parts.length - 1] = '>'
  return parts.join('.')
}
