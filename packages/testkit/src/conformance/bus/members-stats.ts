import type { Member } from '@clusterbus/client'
import assert from 'node:assert/strict'
import type { BusCase } from '../bus-case.ts'
import { caughtUp, inboxOf } from '../tools/inbox.ts'

export const membersAndStats: readonly BusCase[] = [
  {
    name: 'members() tells id, name, process and kind of each, and nothing else',
    async run(t) {
      const [named, unnamed] = [await t.connected({ name: 'the named one' }), await t.connected()]
      const members = await named.members()
      const { pid } = process
      const kind = t.memberKind
      const ids = [named, unnamed].map((bus) => bus.member?.id)
      const [first, second] = ids.map((id) => members.find((member) => member.id === id))
      assert.deepEqual(first, { id: ids[0], name: 'the named one', pid, kind })
      assert.deepEqual(second, { id: ids[1], name: `${kind}-${pid}`, pid, kind })
      assert.deepEqual(first, named.member)
      assert.deepEqual(JSON.parse(JSON.stringify(members)), members)
      assert.equal(new Set(members.map(({ id }) => id)).size, members.length)
    },
  },
  {
    name: 'members() of a bus that is not connected yet waits for the broker',
    async run(t) {
      const bus = t.bus()
      const members = await bus.members()
      assert.ok(members.some(({ id }) => id === bus.member?.id))
    },
  },
  {
    name: 'who joins and who leaves is told under $sys.member, by the broker',
    async run(t) {
      const bus = await t.connected()
      const events: [string, Member][] = []
      const left = new Promise<void>((resolve) => {
        bus.subscribe('$sys.member.*', (member: Member, { topic, from, codec }) => {
          assert.deepEqual([from, codec], [0, 'json'])
          if (member.name !== 'passing') return
          events.push([topic, member])
          if (topic === '$sys.member.left') resolve()
        })
      })
      await bus.flush()
      const passing = await t.connected({ name: 'passing' })
      const { member } = passing
      await passing.close()
      await left
      assert.deepEqual(
        events.map(([topic, { id, name, pid, kind }]) => [topic, { id, name, pid, kind }]),
        [
          ['$sys.member.joined', member],
          ['$sys.member.left', member],
        ],
      )
      const members = await bus.members()
      assert.ok(!members.some(({ id }) => id === member?.id))
    },
  },
  {
    name: 'a leading wildcard does not hear the broker; $sys.> does',
    async run(t) {
      const bus = await t.connected()
      const wild = await Promise.all(['>', '*', '*.>', '*.member.>', '*.member.joined'].map((p) => inboxOf(bus, p)))
      const system = await Promise.all(
        ['$sys.>', '$sys.member.>', '$sys.*.joined', '$sys.member.joined'].map((p) => inboxOf(bus, p)),
      )
      await t.connected()
      await Promise.all(system.map((inbox) => inbox.holds(1)))
      await caughtUp(bus, bus)
      const heard = wild.flatMap(({ topics }) => topics).filter((topic) => topic.startsWith('$'))
      assert.deepEqual(heard, [])
    },
  },
  {
    name: 'stats() counts what happened, as plain JSON',
    async run(t) {
      const bus = await t.connected()
      bus.subscribe('a', () => undefined)
      bus.subscribe('a', () => undefined)
      bus.respond('b', () => 1)
      for (let count = 0; count < 5; count++) bus.publish('a', 1)
      bus.publish('nobody', 1)
      await bus.request('b')
      await bus.flush()
      const stats = bus.stats()
      assert.deepEqual(JSON.parse(JSON.stringify(stats)), stats)
      assert.deepEqual(
        { ...stats },
        {
          connected: true,
          connects: 1,
          published: 6,
          refused: 0,
          received: 5,
          dropped: 0,
          missed: 0,
          undecodable: 0,
          subscriptions: 3,
          requests: 1,
          responses: 1,
          pendingRequests: 0,
          queuedBytes: 0,
        },
      )
    },
  },
  {
    name: 'the sender of a message is stamped by the broker',
    async run(t) {
      const buses = [await t.connected(), await t.connected()] as const
      const inbox = await inboxOf(buses[0], 'a')
      for (const bus of buses) bus.publish('a', bus.member?.id)
      await inbox.holds(2)
      for (const { from, data } of inbox.messages) assert.equal(from, data)
    },
  },
  {
    name: 'a bus that connects again is a new member',
    async run(t) {
      const first = await t.connected({ name: 'same' })
      const id = Number(first.member?.id)
      await first.close()
      const second = await t.connected({ name: 'same' })
      assert.ok(Number(second.member?.id) > id)
    },
  },
]
