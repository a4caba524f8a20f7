import { cacheFrames, FrameKind, layout, type Selector, write } from '@clusterbus/protocol'
import { type FakeLink, ManualClock } from '@clusterbus/testkit'
import { beforeEach, describe, expect, test } from 'vitest'
import type { CacheHolder, HeldCache } from '../src/caching.ts'
import { Lease } from '../src/core/caches/lease.ts'
import { message, topic, written } from './support/frames.ts'
import { TestBus } from './support/test-bus.ts'

let bus: TestBus
let told: string[]
let holder: CacheHolder

beforeEach(() => {
  bus = new TestBus()
  told = []
  holder = {
    evict: (selectors) => void told.push(`evict ${selectors.map(({ text }) => text).join(' ')}`),
    reset: () => void told.push('reset'),
  }
})

const numbers = (kind: number, ...values: number[]): Buffer =>
  written((writer) => write.writeNumbers(writer, kind, 0, ...values))

/** An EVICT as it comes from a broker, of keys in the cache with that number. */
function evict(number: number, ...keys: string[]): Buffer {
  const frame = written((writer) => {
    writer.reserve(layout.invalidateBytesMax)
    const [first = '', ...others] = keys
    const start = cacheFrames.writeInvalidate(writer, 0, number, key(first))
    for (const text of others) cacheFrames.extendInvalidate(writer, start, key(text))
  })
  frame[4] = FrameKind.EVICT
  return frame
}

const key = (text: string): Selector => ({ kind: 'key', text })

/** What the bus has said of caches, but for the numbers of RENEW. */
function said(link: FakeLink): string[] {
  bus.endTurn()
  const lines = link.frames.flatMap((frame) => {
    const first = frame.length < 12 ? 0 : layout.readU32(frame, 8)
    if (frame[4] === FrameKind.CACHE) return [`CACHE ${first} ${frame.toString('utf8', 12)}`]
    if (frame[4] === FrameKind.INVALIDATE) {
      const keys = cacheFrames.readSelectors(frame, 0, frame.length).map(({ text }) => text)
      return [`INVALIDATE ${first} ${keys.join(' ')}`]
    }
    if (frame[4] === FrameKind.RENEW) return ['RENEW']
    if (frame[4] === FrameKind.EVICTED) return [`EVICTED ${first}`]
    if (frame[4] === FrameKind.UNCACHE) return [`UNCACHE ${first}`]
    if (frame[4] === FrameKind.PUBLISH_NAMED) return ['MESSAGE']
    return []
  })
  link.frames.length = 0
  return lines
}

/** A bus that is connected, holds the cache `users` as number 5, and has a lease of 1,500 ms from now on. */
function holding(): { link: FakeLink; cache: HeldCache } {
  const link = bus.connect()
  const cache = bus.core.holdCache('users', { max: 1 }, holder)
  expect(said(link)).toEqual(['CACHE 1 {"name":"users","terms":{"max":1}}', 'RENEW'])
  grant(link)
  return { link, cache }
}

/** The broker lets it hold the cache, and gives the lease that was just asked for. */
function grant(link: FakeLink): void {
  link.say(numbers(FrameKind.CACHED, 1, 5), numbers(FrameKind.LEASE, bus.clock.now(), 1_500))
}

describe('what a cache may serve', () => {
  test('is nothing before the broker has answered both times', () => {
    const link = bus.connect()
    const cache = bus.core.holdCache('users', {}, holder)
    expect(cache.isFresh).toBe(false)
    link.say(numbers(FrameKind.LEASE, bus.clock.now(), 1_500))
    expect(cache.isFresh).toBe(false)
    link.say(numbers(FrameKind.CACHED, 1, 5))
    expect(cache.isFresh).toBe(true)
  })

  test('is told by ready when there are both', async () => {
    const link = bus.connect()
    const first = bus.core.holdCache('users', {}, holder)
    const second = bus.core.holdCache('orders', {}, holder)
    const ready: string[] = []
    void first.ready.then(() => ready.push('users'))
    void second.ready.then(() => ready.push('orders'))
    link.say(numbers(FrameKind.CACHED, 1, 5))
    await Promise.resolve()
    expect(ready).toEqual([])
    link.say(numbers(FrameKind.LEASE, bus.clock.now(), 1_500))
    await Promise.resolve()
    expect(ready).toEqual(['users'])
    link.say(numbers(FrameKind.CACHED, 2, 6))
    await Promise.resolve()
    expect(ready).toEqual(['users', 'orders'])
  })

  test('ends with its lease, counted from when it was asked for', () => {
    const { link, cache } = holding()
    bus.clock.pass(500)
    expect(said(link)).toEqual(['RENEW'])
    const asked = bus.clock.now()
    bus.clock.pass(900)
    link.say(numbers(FrameKind.LEASE, asked, 1_500))
    bus.clock.pass(599)
    expect(cache.isFresh).toBe(true)
    bus.clock.pass(1)
    expect(cache.isFresh).toBe(false)
    bus.clock.pass(250)
    expect(cache.fencedMs).toBe(250)
    // The same link brings the next lease behind all evictions, so nothing is reset.
    link.say(numbers(FrameKind.LEASE, bus.clock.now(), 1_500))
    expect(cache.isFresh).toBe(true)
    bus.clock.pass(100)
    expect([cache.fencedMs, told]).toEqual([250, []])
  })

  test('is asked for three times in a lease, also when nobody answers', () => {
    const { link } = holding()
    for (let times = 0; times < 10; times += 1) {
      bus.clock.pass(500)
      expect(said(link)).toEqual(['RENEW'])
    }
  })

  test('is asked for again in time, however short the first one turns out to be', () => {
    const link = bus.connect()
    const cache = bus.core.holdCache('users', { max: 1 }, holder)
    said(link)
    link.say(numbers(FrameKind.CACHED, 1, 5), numbers(FrameKind.LEASE, bus.clock.now(), 90))
    bus.clock.pass(30)
    expect(said(link)).toEqual(['RENEW'])
    link.say(numbers(FrameKind.LEASE, bus.clock.now(), 90))
    bus.clock.pass(89)
    expect(cache.isFresh).toBe(true)
    cache.close()
    expect(bus.clock.timers).toBe(0)
  })

  test('ends with its link, and begins anew with the next', () => {
    const { cache } = holding()
    bus.disconnect()
    expect([cache.isFresh, told]).toEqual([false, ['reset']])
    const link = bus.connect()
    expect(said(link)).toEqual(['CACHE 1 {"name":"users","terms":{"max":1}}', 'RENEW'])
    // A lease of the broker before is none.
    expect(cache.isFresh).toBe(false)
    grant(link)
    expect(cache.isFresh).toBe(true)
  })

  test('does not grow with a lease that comes late or from nowhere', () => {
    const { link, cache } = holding()
    bus.clock.pass(1_600)
    link.say(numbers(FrameKind.LEASE, bus.clock.now() - 1_500, 1_500))
    expect(cache.isFresh).toBe(false)
    link.say(numbers(FrameKind.LEASE, bus.clock.now() + 1_000, 1_500))
    expect(cache.isFresh).toBe(false)
  })
})

test('a lease holds when the number of the time that it was asked at starts again', () => {
  const clock = new ManualClock()
  const asked: number[] = []
  clock.pass(2 ** 32 - 100)
  const lease = new Lease(clock, { isConnected: () => true, ask: (number) => void asked.push(number) })
  lease.want()
  clock.pass(200)
  lease.granted(asked[0] ?? NaN, 1_500)
  clock.pass(1_299)
  expect(lease.freshNow()).toBe(clock.now())
  clock.pass(1)
  expect(lease.freshNow()).toBeNaN()
  lease.drop()
  expect(clock.timers).toBe(0)
})

describe('evictions', () => {
  test('are handed over before messages behind them, and heeded once a chunk', () => {
    const { link } = holding()
    bus.core.subscribe('a', () => void told.push('message'))
    said(link)
    link.say(Buffer.concat([topic(1, 'a'), evict(5, 'x'), message({ number: 1, payload: '1' }), evict(5, 'y', 'z')]))
    expect(told[0]).toBe('evict x')
    expect(told.filter((line) => line !== 'message')).toEqual(['evict x', 'evict y z'])
    expect(said(link)).toEqual(['EVICTED 2'])
  })

  test('of a cache that is closed are heeded as well', () => {
    const { link, cache } = holding()
    cache.close()
    link.say(evict(5, 'x'))
    expect([told, said(link)]).toEqual([['reset'], ['UNCACHE 1', 'EVICTED 1']])
  })

  test('that cannot be heeded cost the link, and all copies', () => {
    holder = {
      evict: () => {
        throw new Error('broken')
      },
      reset: () => void told.push('reset'),
    }
    const { link, cache } = holding()
    link.say(evict(5, 'x'))
    expect([link.destroyed, cache.isFresh]).toEqual([true, true])
    bus.disconnect()
    expect([cache.isFresh, told, said(link)]).toEqual([false, ['reset'], []])
    expect(bus.errors).toEqual(['BAD_FRAME'])
  })
})

describe('invalidations', () => {
  test('of one turn travel in one frame, unless something was published in between', async () => {
    const { link, cache } = holding()
    const answers = [cache.invalidate([key('a'), key('b')]), cache.invalidate([key('c')])]
    bus.core.publish('m', 1)
    answers.push(cache.invalidate([key('d')]))
    expect(said(link)).toEqual(['INVALIDATE 1 a b c', 'MESSAGE', 'INVALIDATE 2 d'])
    link.say(numbers(FrameKind.INVALIDATED, 1, 3, 1), numbers(FrameKind.INVALIDATED, 2, 3, 0))
    const first = { members: 3, fenced: 1 }
    expect(await Promise.all(answers)).toEqual([first, first, { members: 3, fenced: 0 }])
    void cache.invalidate([key('e')])
    expect(said(link)).toEqual(['INVALIDATE 3 e'])
    expect(bus.core.stats().pendingRequests).toBe(1)
  })

  test('that were not answered are sent again, before what was published meanwhile', async () => {
    const { link, cache } = holding()
    const answer = cache.invalidate([key('a'), key('b')])
    const late = cache.invalidate([key('l')], { timeout: 10 })
    said(link)
    await Promise.resolve()
    bus.clock.pass(10)
    await expect(late).rejects.toMatchObject({ code: 'TIMEOUT' })
    bus.disconnect()
    void cache.invalidate([key('c')])
    bus.core.publish('m', 1)
    const next = bus.connect(2)
    // Also the one that nobody waits for any more: what is void is void.
    expect(said(next)).toEqual([
      'CACHE 1 {"name":"users","terms":{"max":1}}',
      'INVALIDATE 1 a b',
      'INVALIDATE 2 l',
      'INVALIDATE 3 c',
      'MESSAGE',
      'RENEW',
    ])
    next.say(numbers(FrameKind.INVALIDATED, 1, 0, 0))
    expect(await answer).toEqual({ members: 0, fenced: 0 })
    next.say(numbers(FrameKind.INVALIDATED, 2, 0, 0), numbers(FrameKind.INVALIDATED, 3, 0, 0))
    bus.disconnect()
    expect(said(bus.connect(3))).toEqual(['CACHE 1 {"name":"users","terms":{"max":1}}', 'RENEW'])
  })

  test('wait each for its own time, however long a link takes nothing', async () => {
    const { link, cache } = holding()
    link.takes = false
    void cache.invalidate([key('a')])
    bus.endTurn()
    const first = cache.invalidate([key('b')])
    bus.endTurn()
    bus.clock.pass(400)
    const second = cache.invalidate([key('c')])
    bus.clock.pass(4_600)
    await expect(first).rejects.toMatchObject({ code: 'TIMEOUT' })
    expect(bus.core.stats().pendingRequests).toBe(1)
    bus.clock.pass(400)
    await expect(second).rejects.toMatchObject({ code: 'TIMEOUT' })
  })

  test('of a cache that is closed end with the link', async () => {
    const { cache } = holding()
    const answer = cache.invalidate([key('a')])
    cache.close()
    bus.disconnect()
    await expect(answer).rejects.toMatchObject({ code: 'DISCONNECTED' })
    expect(said(bus.connect(2))).toEqual([])
  })

  test('end when the bus closes, and are too many at their limit', async () => {
    bus = new TestBus({ limits: { pendingRequests: 2 } })
    const { link, cache } = holding()
    const answers = ['a', 'b', 'c'].map((text) => {
      const answer = cache.invalidate([key(text)], { timeout: 1_000 })
      bus.endTurn()
      return answer
    })
    await expect(answers[2]).rejects.toMatchObject({ code: 'QUEUE_FULL' })
    void bus.core.close()
    await expect(answers[0]).rejects.toMatchObject({ code: 'CLOSED' })
    expect(said(link).at(-1)).toBe('UNCACHE 1')
    expect(told).toEqual(['reset'])
  })
})
