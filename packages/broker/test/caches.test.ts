import { type BusError, FrameKind, layout, type Limits, resolveLimits } from '@clusterbus/protocol'
import { FakeLink, ManualClock } from '@clusterbus/testkit'
import { beforeEach, describe, expect, test } from 'vitest'
import { BrokerCore } from '../src/core/broker-core.ts'
import * as says from './support/says.ts'
import { TestBroker } from './support/test-broker.ts'
import { withoutTopics } from './support/transcript.ts'

const leases = { leaseMs: 1_500, marginMs: 500 }

let core: BrokerCore
let clock: ManualClock
let reported: BusError[]

beforeEach(() => start())

/** What the edges do when the broker asks whether it is still the one. */
let verify: () => void

function start(limits: Partial<Limits> = {}, formerLeasesUntil = 0): void {
  reported = []
  verify = () => undefined
  clock = new ManualClock()
  const report = (error: BusError): number => reported.push(error)
  const liveness = { heartbeatMs: 1e6, silenceMs: 2e6 }
  core = new BrokerCore({
    limits: resolveLimits(limits),
    stallMs: 1_000,
    liveness,
    leases: { ...leases, verify: () => verify() },
    formerLeasesUntil,
    clock,
    report,
  })
}

/** Joins with a process of its own, and says something. Members and processes are numbered from 1. */
function join(...frames: Buffer[]): FakeLink {
  const link = new FakeLink()
  core.accept(link, { name: 'someone', pid: core.stats().joined + 1, kind: 'cluster' })
  if (frames.length > 0) link.say(Buffer.concat(frames))
  return link
}

/** Joins, holds the cache `users`, and has a lease. */
function holder(): FakeLink {
  const link = join(says.cache(1, 'users'), says.number(FrameKind.RENEW, 3))
  heard(link)
  return link
}

/** What the link was told since it was last looked at. */
function heard(link: FakeLink): string[] {
  const lines = withoutTopics(link)
  link.frames.length = 0
  return lines
}

const heeds = (link: FakeLink, count = 1): void => link.say(says.number(FrameKind.EVICTED, count))
const renew = (link: FakeLink): void => link.say(says.number(FrameKind.RENEW, 9))

describe('a member that holds a cache', () => {
  test('is told its number, and given a lease under the number that it asked with', () => {
    const link = join(says.cache(4, 'users'), says.number(FrameKind.RENEW, 0xffff_ffff))
    expect(heard(link)).toEqual(['CACHED 4 1', 'LEASE 4294967295 1500'])
    expect(core.stats()).toMatchObject({ caches: 1, invalidations: 0, fenced: 0 })
  })

  test('hears what others void, in order with their messages, and not what it voids itself', () => {
    const [one, two] = [holder(), holder()]
    two.say(says.subscribe(1, 'a'))
    one.say(Buffer.concat([says.publishNamed('a', '1'), says.invalidate(7, 1, 'k', 'ä'), says.publishNamed('a', '2')]))
    expect(heard(two)).toEqual(['NAMED 1 1', 'EVICT 1 key:k key:ä', 'NAMED 1 2'])
    expect(heard(one)).toEqual([])
    heeds(two)
    expect(heard(one)).toEqual(['INVALIDATED 7 1 0'])
    expect(core.stats()).toMatchObject({ pendingRequests: 0, invalidations: 1, fenced: 0 })
  })

  test('is given no lease when the broker has said until when there are some', () => {
    const one = holder()
    clock.pass(10)
    core.leasing.stopLeasing()
    renew(one)
    expect([heard(one), core.leasing.leasesUntil]).toEqual([[], 2_000])
  })

  test('is given a lease, and told that an invalidation is heeded, after the edges were asked whether that is true', () => {
    const one = holder()
    const toldBefore: string[][] = []
    verify = () => toldBefore.push(heard(one))
    renew(one)
    expect([toldBefore, heard(one)]).toEqual([[[]], ['LEASE 9 1500']])
    one.say(says.invalidate(7, 1, 'k'))
    expect([toldBefore, heard(one)]).toEqual([[[], []], ['INVALIDATED 7 0 0']])
  })

  test('is given no lease when the app has ended the broker as the edges were asked', () => {
    const one = holder()
    clock.pass(10)
    let until = 0
    verify = () => {
      core.leasing.stopLeasing()
      until = core.leasing.leasesUntil
      void core.close()
    }
    renew(one)
    expect(heard(one)).toEqual(['CLOSE'])
    expect([until, core.leasing.leasesUntil]).toEqual([2_000, 2_000])
  })

  test('is refused where others hold it on other terms, until they are gone', () => {
    const one = join(says.cache(1, 'users', { max: 1, ttl: 5 }))
    const two = join(says.cache(1, 'users', { max: 2, ttl: 5 }))
    expect(heard(two)).toEqual([
      'CACHED 1 {"code":"BAD_OPTION","message":"others hold it with different options: max is 2 here and 1 in member 1"}',
    ])
    // It is told nothing, and what it voids is void.
    one.say(says.invalidate(7, 1, 'k'))
    expect(heard(two)).toEqual([])
    two.say(says.invalidate(8, 1, 'k'))
    expect(heard(one)).toEqual(['CACHED 1 1', 'INVALIDATED 7 0 0', 'EVICT 1 key:k'])
    one.say(says.number(FrameKind.UNCACHE, 1))
    expect(heard(two)).toEqual(['INVALIDATED 8 1 1', 'CACHED 1 1'])
  })
})

test('a member that holds no cache when its link is lost is forgotten, whatever lease it was given', () => {
  const timers = clock.timers
  const link = join(says.number(FrameKind.RENEW, 3))
  link.receiver?.onClose()
  expect([clock.timers, core.leasing.leasesUntil]).toEqual([timers, 0])
})

describe('an invalidation', () => {
  test('waits for members of a broker before this one, whenever that is found out', () => {
    const one = holder()
    core.leasing.follows(clock.now() + 500)
    one.say(says.invalidate(1, 1, 'a'))
    clock.pass(499)
    expect(heard(one)).toEqual([])
    clock.pass(1)
    expect(heard(one)).toEqual(['INVALIDATED 1 0 0'])
  })

  test('ends when all have heeded it, however they count', () => {
    const [one, two, three] = [holder(), holder(), holder()]
    one.say(Buffer.concat([says.invalidate(1, 1, 'a'), says.invalidate(2, 1, 'b'), says.invalidate(3, 1, 'c')]))
    heeds(two, 3)
    expect(heard(one)).toEqual([])
    heeds(three)
    expect(heard(one)).toEqual(['INVALIDATED 1 2 0'])
    heeds(three, 2)
    expect(heard(one)).toEqual(['INVALIDATED 2 2 0', 'INVALIDATED 3 2 0'])
  })

  test('waits for a silent member as long as that may serve, and no longer', () => {
    const [one, two] = [holder(), holder()]
    clock.pass(500)
    one.say(says.invalidate(1, 1, 'a'))
    clock.pass(1_499)
    expect(heard(one)).toEqual([])
    clock.pass(1)
    expect(heard(one)).toEqual(['INVALIDATED 1 1 1'])
    // It runs again: it heeds what it was told, and may serve again.
    heeds(two)
    renew(two)
    one.say(says.invalidate(2, 1, 'a'))
    heeds(two)
    expect(heard(one)).toEqual(['INVALIDATED 2 1 0'])
    expect(core.stats()).toMatchObject({ fenced: 1, pendingRequests: 0 })
    expect(reported).toEqual([])
  })

  test('does not wait for leases that were given after it: they are behind it on the link', () => {
    const [one, two] = [holder(), holder()]
    one.say(says.invalidate(1, 1, 'a'))
    clock.pass(1_900)
    renew(two)
    clock.pass(100)
    expect(heard(one)).toEqual(['INVALIDATED 1 1 1'])
    // The next one does.
    one.say(says.invalidate(2, 1, 'a'))
    clock.pass(1_899)
    expect(heard(one)).toEqual([])
    clock.pass(1)
    expect(heard(one)).toEqual(['INVALIDATED 2 1 1'])
  })

  test('does not wait for a member that has no lease', () => {
    const [one, two] = [holder(), join(says.cache(1, 'users'))]
    one.say(says.invalidate(1, 1, 'a'))
    expect(heard(one)).toEqual(['INVALIDATED 1 1 1'])
    expect(heard(two)).toEqual(['CACHED 1 1', 'EVICT 1 key:a'])
  })

  test('waits for a member whose link is gone, because its process may serve until its lease ends', () => {
    const [one, two] = [holder(), holder()]
    one.say(says.invalidate(1, 1, 'a'))
    two.receiver?.onClose()
    one.say(says.invalidate(2, 1, 'a'))
    clock.pass(1_999)
    expect(heard(one)).toEqual([])
    clock.pass(1)
    expect(heard(one)).toEqual(['INVALIDATED 1 1 1', 'INVALIDATED 2 1 1'])
    one.say(says.invalidate(3, 1, 'a'))
    expect(heard(one)).toEqual(['INVALIDATED 3 0 0'])
  })

  test.each(['before', 'after'])('does not wait when the process has exited, %s its link closed', (when) => {
    const [one, two] = [holder(), holder()]
    one.say(says.invalidate(1, 1, 'a'))
    if (when === 'after') two.receiver?.onClose()
    expect(heard(one)).toEqual([])
    core.processExited(2)
    expect(heard(one)).toEqual(['INVALIDATED 1 1 0'])
    // What still lies on its link brings it no lease.
    if (when === 'before') renew(two)
    one.say(says.invalidate(2, 1, 'a'))
    expect(heard(one).at(0)).toMatch(/^INVALIDATED 2 /)
    two.receiver?.onClose()
    one.say(says.invalidate(3, 1, 'a'))
    expect(heard(one)).toEqual(['INVALIDATED 3 0 0'])
  })

  test('does not wait for who has said that it holds the cache no more', () => {
    const [one, two] = [holder(), holder()]
    two.say(says.number(FrameKind.UNCACHE, 1))
    two.receiver?.onClose()
    one.say(says.invalidate(1, 1, 'a'))
    expect(heard(one)).toEqual(['INVALIDATED 1 0 0'])
  })

  test('waits for members of a broker that was here before', () => {
    start({}, 1_200)
    const one = holder()
    one.say(says.invalidate(1, 1, 'a'))
    clock.pass(1_199)
    expect(heard(one)).toEqual([])
    clock.pass(1)
    expect(heard(one)).toEqual(['INVALIDATED 1 0 0'])
    expect(core.stats().pendingRequests).toBe(0)
  })

  test('counts for the member whose it is until it has ended, given up or not', () => {
    start({ pendingRequests: 1 })
    const [one, two] = [holder(), holder()]
    one.say(Buffer.concat([says.invalidate(1, 1, 'a'), says.number(FrameKind.CANCEL, 1), says.invalidate(2, 1, 'b')]))
    expect(heard(two)).toEqual(['EVICT 1 key:a'])
    expect(core.stats().pendingRequests).toBe(1)
  })

  test('of a member that leaves is waited for by nobody', () => {
    const [one, two] = [holder(), holder()]
    one.say(Buffer.concat([says.invalidate(1, 1, 'a'), says.invalidate(2, 1, 'a')]))
    expect(core.stats().pendingRequests).toBe(2)
    one.receiver?.onClose()
    expect(core.stats().pendingRequests).toBe(0)
    heeds(two, 2)
    expect(reported).toEqual([])
  })

  test('is refused when too many wait already', () => {
    start({ pendingRequests: 1 })
    const [one, two] = [holder(), holder()]
    one.say(Buffer.concat([says.invalidate(1, 1, 'a'), says.invalidate(2, 1, 'b'), says.claim(3, 1, 'c')]))
    expect(heard(two)).toEqual(['EVICT 1 key:a'])
    const refused = one.frames.filter((frame) => frame[4] === FrameKind.REPLY)
    expect(refused.map((frame) => layout.readU32(frame, layout.requestAt))).toEqual([2, 3])
  })
})

describe('a claim', () => {
  test('is granted to one, and its value goes to those who wait as it is', () => {
    const [one, two, three] = [holder(), holder(), holder()]
    one.say(says.claim(1, 1, 'k'))
    two.say(says.claim(1, 1, 'k'))
    three.say(Buffer.concat([says.claim(1, 1, 'k'), says.claim(2, 1, 'other')]))
    expect(heard(one)).toEqual(['CLAIMED 1 1 '])
    expect(heard(three)).toEqual(['CLAIMED 2 1 '])
    // Only who has it can release it.
    two.say(says.release(1, layout.flagValue, 'wrong'))
    one.say(says.release(1, layout.flagValue, 'value'))
    expect([heard(two), heard(three)]).toEqual([['CLAIMED 1 2 value'], ['CLAIMED 1 2 value']])
    expect(core.stats().pendingRequests).toBe(1)
  })

  test.each([
    ['closes its link', (one: FakeLink) => one.receiver?.onClose()],
    ['gives it up', (one: FakeLink) => one.say(says.number(FrameKind.CANCEL, 1))],
    ['says that it has failed', (one: FakeLink) => one.say(says.release(1, layout.flagFailed))],
    ['breaks the rules', (one: FakeLink) => one.say(says.number(99, 1))],
  ])('passes to the next when its holder %s', (_, end) => {
    const [one, two, three] = [holder(), holder(), holder()]
    for (const link of [one, two, three]) link.say(says.claim(1, 1, 'k'))
    end(one)
    expect([heard(two), heard(three)]).toEqual([['CLAIMED 1 1 '], []])
    two.say(says.release(1))
    expect(heard(three)).toEqual(['CLAIMED 1 0 '])
  })

  test('is not waited for by who comes after an invalidation', () => {
    const [one, two, three] = [holder(), holder(), holder()]
    one.say(says.claim(1, 1, 'k'))
    two.say(says.claim(1, 1, 'k'))
    three.say(says.invalidate(7, 1, 'k'))
    three.say(says.claim(8, 1, 'k'))
    expect(heard(three)).toEqual(['CLAIMED 8 1 '])
    one.say(says.release(1, layout.flagValue, 'old'))
    expect(heard(two)).toEqual(['EVICT 1 key:k', 'CLAIMED 1 2 old'])
    // The claim that came after stands.
    two.say(says.claim(2, 1, 'k'))
    expect(heard(two)).toEqual([])
  })

  test('gives its value to each member once, however often that waits', () => {
    const [one, two] = [holder(), holder()]
    one.say(Buffer.concat([1, 2, 3].map((number) => says.claim(number, 1, 'k'))))
    two.say(Buffer.concat([1, 2].map((number) => says.claim(number, 1, 'k'))))
    expect(heard(one)).toEqual(['CLAIMED 1 1 '])
    one.say(says.release(1, layout.flagValue, 'value'))
    expect(heard(one)).toEqual(['CLAIMED 2 2 value', 'CLAIMED 3 0 '])
    expect(heard(two)).toEqual(['CLAIMED 1 2 value', 'CLAIMED 2 0 '])
    expect(core.stats().pendingRequests).toBe(0)
  })

  test('of a member that leaves is not granted to that member again', () => {
    const [one, two] = [holder(), holder()]
    one.say(Buffer.concat([1, 2, 3].map((number) => says.claim(number, 1, 'k'))))
    two.say(says.claim(1, 1, 'k'))
    one.say(says.number(99, 1))
    expect(heard(one)).toEqual(['CLAIMED 1 1 ', 'CLOSE'])
    expect(heard(two)).toEqual(['CLAIMED 1 1 '])
    expect(core.stats().pendingRequests).toBe(1)
  })

  test('is refused when its keys take too much, until some are given up', () => {
    const one = holder()
    const claims = Array.from({ length: 2_049 }, (_, at) => says.claim(at + 1, 1, `${at}`.padStart(8_192, ' ')))
    for (const claim of claims) one.say(claim)
    expect(core.stats().pendingRequests).toBe(2_048)
    expect(one.ofKind(FrameKind.REPLY)).toHaveLength(1)
    one.say(Buffer.concat([says.number(FrameKind.CANCEL, 7), says.claim(9_999, 1, 'k')]))
    expect(core.stats().pendingRequests).toBe(2_048)
    expect(one.ofKind(FrameKind.REPLY)).toHaveLength(1)
  })

  test('passes over a member that does not answer any more', () => {
    const liveness = { heartbeatMs: 500, silenceMs: 10_000 }
    const broker = new TestBroker({ liveness })
    const links = [1, 2, 3].map(() => broker.join())
    for (const link of links) link.say(says.cache(1, 'users'), says.claim(1, 1, 'k'))
    const granted = (): boolean[] => links.map((link) => link.ofKind(FrameKind.CLAIMED).length > 0)
    for (let second = 0; second < 6; second += 1) {
      broker.clock.pass(1_000)
      // The second is silent before the first is.
      if (second < 3) links[0]?.say(says.number(FrameKind.ALIVE, 0))
      links[2]?.say(says.number(FrameKind.ALIVE, 0))
    }
    expect(granted()).toEqual([true, false, true])
  })
})

describe('a member that breaks the rules of caches', () => {
  const selectors = (bytes: number[]): Buffer => {
    const frame = says.invalidate(7, 1, '')
    const changed = Buffer.concat([frame.subarray(0, layout.selectorsAt), Buffer.from(bytes)])
    layout.writeU32(changed, 0, changed.length)
    return changed
  }
  test.each([
    ['invalidates in a cache that it has not opened', says.invalidate(7, 2, 'k')],
    ['closes one that it has not opened', says.number(FrameKind.UNCACHE, 2)],
    ['claims in one that it has not opened', says.claim(7, 2, 'k')],
    ['opens one twice', says.cache(2, 'users')],
    ['uses a number of its own twice', says.cache(1, 'orders')],
    ['heeds what it was not told', says.number(FrameKind.EVICTED, 1)],
    ['names its cache badly', says.cache(2, '')],
    ['tells more of its cache than it may', says.cache(2, 'x', { text: 'x'.repeat(layout.cacheTermsBytesMax) })],
    ['invalidates more in one frame than it may', selectors([...Buffer.alloc(layout.invalidateBytesMax)])],
    ['sends a selector of no kind', selectors([9, 0, 0, 0, 0])],
    ['sends a selector that is cut off', selectors([0, 5, 0, 0, 0, 65])],
    ['sends half a selector', selectors([0, 0, 0, 0, 0, 0, 0])],
    ['sends a selector that is too long', selectors([0, 255, 255, 0, 0, 65])],
    ['releases with flags that there are not', says.release(1, 64)],
    ['releases with bytes that are no value', says.release(1, 0, 'value')],
    ['waits twice under one number', Buffer.concat([says.claim(7, 1, 'k'), says.claim(7, 1, 'l')])],
  ])('%s: loses its link, and nobody else hears of it', (_, frames) => {
    const [one, two] = [holder(), holder()]
    two.say(frames)
    expect(heard(two).at(-1)).toBe('CLOSE')
    expect(reported.map(({ code }) => code)).toEqual(['BAD_FRAME'])
    expect(heard(one)).toEqual([])
  })
})
