import assert from 'node:assert/strict'
import type { BusCase } from '../bus-case.ts'
import { newGate } from '../tools/gate.ts'
import { caughtUp, inboxOf } from '../tools/inbox.ts'

export const groups: readonly BusCase[] = [
  {
    name: 'each message goes to one member of a group, in turn',
    async run(t) {
      const buses = [t.bus(), t.bus(), t.bus()] as const
      const [publisher] = buses
      const inboxes = await Promise.all(buses.map((bus) => inboxOf(bus, 'jobs', { group: 'workers' })))
      for (let job = 0; job < 30; job++) publisher.publish('jobs', job)
      await caughtUp(publisher, ...buses)
      const jobs = inboxes.flatMap((inbox) => inbox.data.map(Number))
      assert.deepEqual(
        jobs.sort((a, b) => a - b),
        [...Array(30).keys()],
      )
      for (const { messages } of inboxes) assert.equal(messages.length, 10)
    },
  },
  {
    name: 'the turn goes on across topics that are used once',
    async run(t) {
      const buses = [t.bus(), t.bus()] as const
      const publisher = t.bus()
      const inboxes = await Promise.all(buses.map((bus) => inboxOf(bus, 'jobs.*', { group: 'workers' })))
      for (let job = 0; job < 20; job++) publisher.publish(`jobs.${job}`, job)
      await caughtUp(publisher, ...buses)
      for (const { messages } of inboxes) assert.equal(messages.length, 10)
    },
  },
  {
    name: 'members of a group may share one bus',
    async run(t) {
      const bus = t.bus()
      const inboxes = await Promise.all([1, 2, 3].map(() => inboxOf(bus, 'jobs', { group: 'workers' })))
      for (let job = 0; job < 9; job++) bus.publish('jobs', job)
      await caughtUp(bus, bus)
      for (const { messages } of inboxes) assert.equal(messages.length, 3)
    },
  },
  {
    name: 'every group gets every message, and so does who is in none',
    async run(t) {
      const buses = [t.bus(), t.bus()] as const
      const [first, second] = buses
      const red = await Promise.all(buses.map((bus) => inboxOf(bus, 'jobs', { group: 'red' })))
      const blue = await Promise.all(buses.map((bus) => inboxOf(bus, 'jobs', { group: 'blue' })))
      const plain = await Promise.all([first, first, second].map((bus) => inboxOf(bus, 'jobs')))
      const all = [...Array(10).keys()]
      for (const job of all) first.publish('jobs', job)
      await caughtUp(first, ...buses)
      for (const group of [red, blue]) {
        const jobs = group.flatMap((inbox) => inbox.data.map(Number))
        assert.deepEqual(
          jobs.sort((a, b) => a - b),
          all,
        )
      }
      for (const inbox of plain) assert.deepEqual(inbox.data, all)
    },
  },
  {
    name: 'a group is one whatever the patterns of its members',
    async run(t) {
      const buses = [t.bus(), t.bus()] as const
      const [publisher] = buses
      const inboxes = await Promise.all([
        inboxOf(buses[0], 'jobs.*', { group: 'workers' }),
        inboxOf(buses[1], 'jobs.>', { group: 'workers' }),
        inboxOf(buses[1], 'jobs.build', { group: 'workers' }),
      ])
      for (let job = 0; job < 12; job++) publisher.publish('jobs.build', job)
      await caughtUp(publisher, ...buses)
      const jobs = inboxes.flatMap((inbox) => inbox.data.map(Number))
      assert.deepEqual(
        jobs.sort((a, b) => a - b),
        [...Array(12).keys()],
      )
    },
  },
  {
    name: 'groups of one name under patterns that do not overlap do not disturb each other',
    async run(t) {
      const bus = t.bus()
      const jobs = await Promise.all([1, 2].map(() => inboxOf(bus, 'jobs', { group: 'workers' })))
      const mails = await inboxOf(bus, 'mails', { group: 'workers' })
      for (let number = 0; number < 10; number++) {
        bus.publish('jobs', number)
        bus.publish('mails', number)
      }
      await caughtUp(bus, bus)
      assert.equal(mails.messages.length, 10)
      assert.equal(jobs.flatMap(({ messages }) => messages).length, 10)
    },
  },
  {
    name: 'echo: false gives the message to another member of the group',
    async run(t) {
      const buses = [t.bus(), t.bus(), t.bus()] as const
      const [publisher] = buses
      const inboxes = await Promise.all(buses.map((bus) => inboxOf(bus, 'jobs', { group: 'workers' })))
      for (let job = 0; job < 10; job++) publisher.publish('jobs', job, { echo: false })
      await caughtUp(publisher, ...buses)
      assert.deepEqual(
        inboxes.map(({ messages }) => messages.length),
        [0, 5, 5],
      )
    },
  },
  {
    name: 'echo: false with nobody else in the group reaches nobody',
    async run(t) {
      const bus = t.bus()
      const inbox = await inboxOf(bus, 'jobs', { group: 'workers' })
      bus.publish('jobs', 'silent', { echo: false })
      bus.publish('jobs', 'loud')
      await caughtUp(bus, bus)
      assert.deepEqual(inbox.data, ['loud'])
    },
  },
  {
    name: 'a member of a group that has had its max leaves the rest to the others',
    async run(t) {
      const buses = [t.bus(), t.bus()] as const
      const [first, second] = buses
      const few = await inboxOf(first, 'jobs', { group: 'workers', max: 2 })
      const many = await inboxOf(second, 'jobs', { group: 'workers' })
      for (let job = 0; job < 10; job++) first.publish('jobs', job)
      await few.subscription.closed
      await caughtUp(first, ...buses)
      assert.equal(few.messages.length, 2)
      const jobs = [...few.data, ...many.data].map(Number)
      assert.deepEqual(
        jobs.sort((a, b) => a - b),
        [...Array(10).keys()],
      )
    },
  },
  {
    name: 'who drains out of a group loses nothing of it',
    async run(t) {
      const buses = [t.bus(), t.bus()] as const
      const [first, second] = buses
      const leaving = await inboxOf(first, 'jobs', { group: 'workers' })
      const staying = await inboxOf(second, 'jobs', { group: 'workers' })
      for (let job = 0; job < 100; job++) {
        second.publish('jobs', job)
        if (job === 50) await leaving.subscription.drain()
      }
      await caughtUp(second, ...buses)
      const jobs = [...leaving.data, ...staying.data].map(Number)
      assert.deepEqual(
        jobs.sort((a, b) => a - b),
        [...Array(100).keys()],
      )
      assert.ok(leaving.messages.length < 50)
    },
  },
  {
    name: 'a bus that closes leaves its groups to the others',
    async run(t) {
      const [leaving, staying] = [t.bus(), t.bus()]
      const inbox = await inboxOf(staying, 'jobs', { group: 'workers' })
      const { member } = (await leaving.ready(), leaving)
      const left = newGate()
      await staying.subscribe('$sys.member.left', ({ id }) => void (id === member?.id && left.open())).ready
      await inboxOf(leaving, 'jobs', { group: 'workers' })
      await leaving.close()
      await left.opened
      for (let job = 0; job < 6; job++) staying.publish('jobs', job)
      await caughtUp(staying, staying)
      assert.deepEqual(inbox.data, [0, 1, 2, 3, 4, 5])
    },
  },
  {
    name: 'each member of a group gets its share in the order in which it was published',
    async run(t) {
      const buses = [t.bus(), t.bus(), t.bus()] as const
      const [publisher] = buses
      const inboxes = await Promise.all(buses.map((bus) => inboxOf(bus, 'jobs.>', { group: 'workers' })))
      for (let job = 0; job < 3000; job++) publisher.publish(`jobs.${job % 7}`, job)
      await caughtUp(publisher, ...buses)
      for (const inbox of inboxes) {
        assert.equal(inbox.messages.length, 1000)
        assert.deepEqual(
          inbox.data,
          inbox.data.map(Number).sort((a, b) => a - b),
        )
      }
    },
  },
]
