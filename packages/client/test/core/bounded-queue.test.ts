import { noHeaders } from '@clusterbus/protocol'
import { collectGarbage } from '@clusterbus/testkit'
import fc from 'fast-check'
import { beforeEach, describe, expect, test, vi } from 'vitest'
import type { Message } from '../../src/bus.ts'
import { BoundedQueue, type QueueTerms } from '../../src/core/bounded-queue.ts'
import type { WaitingMessage } from '../../src/core/waiting-messages.ts'

let told: string[]
let asksPublishers: boolean

beforeEach(() => {
  told = []
  asksPublishers = true
})

function queue(terms: Partial<QueueTerms> = {}): BoundedQueue {
  const all: QueueTerms = { overflow: 'block', conflate: false, messagesMax: 4, bytesMax: 1000, ...terms }
  return new BoundedQueue(all, {
    dropped: ({ data }) => told.push(`dropped ${data}`),
    full: () => {
      told.push('full')
      return asksPublishers
    },
    relieved: () => told.push('relieved'),
    overrun: () => told.push('overrun'),
  })
}

function message(data: unknown, topic = 'a'): Message {
  return { topic, data, headers: noHeaders, from: 1, codec: 'json', gap: 0 }
}

/** All that waits, as data, and what was missed before it. */
function rest(waiting: BoundedQueue): [data: unknown, gap: number][] {
  const all: [unknown, number][] = []
  for (let next = waiting.shift(); next !== undefined; next = waiting.shift()) all.push([next.message.data, next.gap])
  return all
}

describe("'drop-newest'", () => {
  test('keeps what waits, and the next message tells what was missed before it', () => {
    const waiting = queue({ overflow: 'drop-newest' })
    for (let number = 0; number < 7; number += 1) waiting.push(message(number), 1)
    expect(waiting.shift()?.message.data).toBe(0)
    waiting.push(message(7), 1)
    expect(told).toEqual(['dropped 4', 'dropped 5', 'dropped 6'])
    expect(rest(waiting)).toEqual([
      [1, 0],
      [2, 0],
      [3, 0],
      [7, 3],
    ])
  })

  test('tells a message that has nothing to wait for, too', () => {
    const waiting = queue({ overflow: 'drop-newest', messagesMax: 1 })
    waiting.push(message(0), 1)
    waiting.push(message(1), 1)
    waiting.shift()
    expect([waiting.takeGap(), waiting.takeGap()]).toEqual([1, 0])
  })
})

describe("'drop-oldest'", () => {
  test('keeps the newest, and the oldest that is left tells what was missed before it', () => {
    const waiting = queue({ overflow: 'drop-oldest' })
    for (let number = 0; number < 7; number += 1) waiting.push(message(number), 1)
    expect(told).toEqual(['dropped 0', 'dropped 1', 'dropped 2'])
    expect(rest(waiting)).toEqual([
      [3, 3],
      [4, 0],
      [5, 0],
      [6, 0],
    ])
  })

  test('makes room for bytes as well', () => {
    const waiting = queue({ overflow: 'drop-oldest', bytesMax: 100 })
    for (let number = 0; number < 3; number += 1) waiting.push(message(number), 30)
    waiting.push(message(3), 70)
    expect(rest(waiting)).toEqual([
      [2, 2],
      [3, 0],
    ])
  })
})

describe('a message that alone is over the limit', () => {
  test.each(['block', 'drop-oldest', 'drop-newest', 'disconnect'] as const)("waits with '%s'", (overflow) => {
    const waiting = queue({ overflow, bytesMax: 10 })
    expect(waiting.push(message('long'), 5_000)).toBe(true)
    expect(told).toEqual([])
    expect(waiting.length).toBe(1)
  })
})

test("'disconnect' gives up the link, and what waited", () => {
  const waiting = queue({ overflow: 'disconnect' })
  for (let number = 0; number < 5; number += 1) waiting.push(message(number), 1)
  expect(told).toEqual(['dropped 0', 'dropped 1', 'dropped 2', 'dropped 3', 'overrun', 'dropped 4'])
  waiting.push(message(5), 1)
  expect(rest(waiting)).toEqual([[5, 5]])
})

describe("'block'", () => {
  test('asks publishers to wait, takes what is on its way, and lets them go on when half is worked off', () => {
    const waiting = queue()
    for (let number = 0; number < 8; number += 1) expect(waiting.push(message(number), 1)).toBe(true)
    expect(told).toEqual(['full'])
    for (let number = 0; number < 5; number += 1) waiting.shift()
    expect(told).toEqual(['full'])
    waiting.shift()
    expect(told).toEqual(['full', 'relieved'])
  })

  test('drops the newest of what comes all the same when twice as much waits', () => {
    const waiting = queue()
    for (let number = 0; number < 10; number += 1) waiting.push(message(number), 1)
    expect(told).toEqual(['full', 'dropped 8', 'dropped 9'])
    expect(waiting.length).toBe(8)
  })

  test('drops at the limit when there is nobody to ask', () => {
    asksPublishers = false
    const waiting = queue()
    for (let number = 0; number < 6; number += 1) waiting.push(message(number), 1)
    expect(told).toEqual(['full', 'dropped 4', 'dropped 5'])
  })

  test('asks no more when the link was lost over it, until there was room', () => {
    const waiting = queue()
    for (let number = 0; number < 5; number += 1) waiting.push(message(number), 1)
    waiting.linkLost()
    waiting.push(message(5), 1)
    expect(told).toEqual(['full', 'dropped 5'])
    for (let number = 0; number < 3; number += 1) waiting.shift()
    for (let number = 6; number < 9; number += 1) waiting.push(message(number), 1)
    expect(told).toEqual(['full', 'dropped 5', 'full'])
  })

  test('lets publishers go on when all that waits is dropped', () => {
    const waiting = queue()
    for (let number = 0; number < 5; number += 1) waiting.push(message(number), 1)
    waiting.clear()
    expect(told).toEqual(['full', 'relieved'])
  })
})

describe('conflation', () => {
  test('keeps the newest of each topic, at the place of the newest', () => {
    const waiting = queue({ conflate: true })
    for (const [number, topic] of ['a', 'b', 'a', 'c', 'b', 'b'].entries()) waiting.push(message(number, topic), 1)
    expect(rest(waiting)).toEqual([
      [2, 1],
      [3, 0],
      [5, 2],
    ])
    expect(told).toEqual(['dropped 0', 'dropped 1', 'dropped 4'])
  })

  test('is never full of one topic', () => {
    const waiting = queue({ conflate: true, messagesMax: 1 })
    for (let number = 0; number < 100; number += 1) waiting.push(message(number), 1)
    expect(told).not.toContain('full')
    expect(rest(waiting)).toEqual([[99, 99]])
  })

  test.each(['block', 'drop-oldest', 'drop-newest', 'disconnect'] as const)(
    "has the room of what is replaced, with '%s'",
    (overflow) => {
      const waiting = queue({ conflate: true, overflow, bytesMax: 100 })
      waiting.push(message(0, 'a'), 30)
      for (let number = 1; number < 9; number += 1) waiting.push(message(number, 'b'), 70)
      expect(told.filter((line) => !line.startsWith('dropped'))).toEqual([])
      expect(rest(waiting)).toEqual([
        [0, 0],
        [8, 7],
      ])
    },
  )

  test('takes a few steps for each message, however many wait', () => {
    let steps = 0
    /** Whoever looks for a topic, or goes over all that waits, reads topics. */
    const counted = (number: number): Message =>
      Object.defineProperty(message(number), 'topic', { get: () => ((steps += 1), `t${number % 1_000}`) })
    const begun = vi.spyOn(Map.prototype, 'values')
    const waiting = queue({ conflate: true, overflow: 'drop-oldest', messagesMax: 900 })
    for (let number = 0; number < 5_000; number += 1) waiting.push(counted(number), 1)
    expect(rest(waiting)).toHaveLength(900)
    expect(steps).toBeLessThan(5 * 5_000)
    expect(begun.mock.calls.length).toBeLessThan(10)
    begun.mockRestore()
  })

  test('holds on to nothing that was replaced', async () => {
    const waiting = queue({ conflate: true })
    const pushed = Array.from({ length: 1_000 }, (_, number) => {
      const data = { number }
      waiting.push(message(data, `t${number % 3}`), 1)
      return new WeakRef(data)
    })
    await collectGarbage()
    expect(pushed.filter((ref) => ref.deref() !== undefined)).toHaveLength(3)
    expect(waiting.length).toBe(3)
  })

  test.each(['drop-oldest', 'drop-newest'] as const)("with too many topics does as '%s' says", (overflow) => {
    const waiting = queue({ conflate: true, overflow, messagesMax: 2 })
    for (const topic of ['a', 'b', 'c']) waiting.push(message(topic, topic), 1)
    expect(rest(waiting).map(([data]) => data)).toEqual(overflow === 'drop-oldest' ? ['b', 'c'] : ['a', 'b'])
  })
})

describe('whatever happens', () => {
  const step = fc.oneof(
    fc.record({ topic: fc.constantFrom('a', 'b', 'c', 'd'), bytes: fc.nat({ max: 40 }) }),
    fc.constant('shift' as const),
    fc.constant('lost' as const),
  )
  const terms = fc.record({
    overflow: fc.constantFrom('block', 'drop-oldest', 'drop-newest', 'disconnect'),
    conflate: fc.boolean(),
    messagesMax: fc.integer({ min: 1, max: 6 }),
    bytesMax: fc.integer({ min: 1, max: 100 }),
  })

  test('every message is handed on, or counted and in the gap of one that follows it; in order, and bounded', () => {
    fc.assert(
      fc.property(terms, fc.array(step, { maxLength: 80 }), (given, steps) => {
        told = []
        const waiting = queue(given)
        const handed: WaitingMessage[] = []
        let pushed = 0
        for (const what of steps) {
          if (what === 'lost') waiting.linkLost()
          else if (what === 'shift') handed.push(...[waiting.shift()].filter((next) => next !== undefined))
          else waiting.push(message(pushed++, what.topic), what.bytes)
          expect(waiting.length).toBeLessThanOrEqual(2 * given.messagesMax)
        }
        for (let next = waiting.shift(); next !== undefined; next = waiting.shift()) handed.push(next)
        handed.push({ message: message(pushed++), bytes: 0, gap: waiting.takeGap() })
        const dropped = told.filter((line) => line.startsWith('dropped')).length
        const gaps = handed.reduce((sum, { gap }) => sum + gap, 0)
        expect(handed.length + dropped).toBe(pushed)
        expect(gaps).toBe(dropped)
        const numbers = handed.map(({ message: { data } }) => Number(data))
        expect(numbers).toEqual([...numbers].sort((a, b) => a - b))
        expect(told.filter((line) => line === 'full').length).toBeGreaterThanOrEqual(
          told.filter((line) => line === 'relieved').length,
        )
      }),
      { numRuns: 3000 },
    )
  })
})
