import { FrameKind, layout } from '@clusterbus/protocol'
import type { FakeLink } from '@clusterbus/testkit'
import * as fc from 'fast-check'
import { expect, test } from 'vitest'
import * as says from '../support/says.ts'
import { SlowMember } from './slow-member.ts'

const subscribes = [says.subscribe(1, '*'), says.subscribe(2, 'b', { group: 'g' }), says.subscribe(3, 'c')]

const settings = fc.record({
  overflow: fc.constantFrom('block', 'drop-oldest', 'drop-newest', 'disconnect' as const),
  conflates: fc.boolean(),
  limits: fc.record({
    queuedBytes: fc.constantFrom(300, 1_000, 5_000, 600_000),
    memberMessages: fc.constantFrom(3, 20, 1_000),
    topicNames: fc.constantFrom(1, 2, 100),
  }),
})

const step = fc.oneof(
  {
    weight: 8,
    arbitrary: fc.record({
      topic: fc.constantFrom('a', 'b', 'c', 'd', 'e', 'f'),
      bytes: fc.oneof(fc.nat(200), fc.nat(90_000)),
      times: fc.nat(8),
    }),
  },
  { weight: 2, arbitrary: fc.constantFrom('drain', 'portion', 'fill', 'ping' as const) },
  { weight: 1, arbitrary: fc.constantFrom('die', 'join' as const) },
)

type Step = typeof step extends fc.Arbitrary<infer Value> ? Value : never
type Settings = typeof settings extends fc.Arbitrary<infer Value> ? Value : never

/** A member that takes everything, as seen from its end of the link. */
interface Subscriber {
  readonly link: FakeLink
  /** Number of the last message that was published before it came, or before its link was first full. */
  readonly since: number
  isGone: boolean
}

const steps = fc.array(step, { minLength: 1, maxLength: 100 })

test('every copy is with a link, was dropped, is lost, or waits', () => {
  fc.assert(
    fc.property(steps, settings, (all, given) => {
      const { core, subscribers } = play(all, given)
      const taken = subscribers.reduce((sum, { link }) => sum + messagesOf(link), 0)
      const { delivered, dropped, lost, queuedMessages, drops } = core.stats()
      // The message that filled the link first was taken as well.
      expect(delivered).toBe(1 + taken + dropped + lost + queuedMessages)
      expect(drops.reduce((sum, { messages }) => sum + messages, 0)).toBe(dropped)
    }),
    { numRuns: 200 },
  )
})

test('no more messages wait than may', () => {
  fc.assert(
    fc.property(steps, settings, (all, given) => {
      const { core, subscribers } = play(all, given)
      const open = subscribers.filter(({ isGone, link }) => !isGone && !link.ended)
      expect(core.stats().queuedMessages).toBeLessThanOrEqual(open.length * given.limits.memberMessages)
    }),
    { numRuns: 200 },
  )
})

test('gaps tell exactly how many are missing, exactly where', () => {
  fc.assert(
    fc.property(steps, settings, (all, given) => {
      const { subscribers, published } = play(all, given)
      for (const { link, since, isGone } of subscribers) {
        link.takes = true
        link.receiver?.onDrain()
        if (isGone || link.ended) continue
        let last = since
        for (const frame of link.frames) {
          const number = numberOf(frame)
          if (frame[4] === FrameKind.GAP) last += layout.readU32(frame, 8)
          if (number !== undefined) expect(number).toBe((last += 1))
        }
        expect(last).toBe(published)
      }
    }),
    { numRuns: 200 },
  )
})

function play(
  all: readonly Step[],
  { overflow, conflates, limits }: Settings,
): {
  core: SlowMember['core']
  subscribers: Subscriber[]
  published: number
} {
  const t = new SlowMember(conflates ? { overflow, conflate: 'topic' } : { overflow }, limits, subscribes)
  const subscribers: Subscriber[] = [{ link: t.slow, since: 0, isGone: false }]
  let published = 0
  for (const one of all) {
    const current = subscribers.at(-1)
    if (current === undefined) break
    const { link } = current
    if (typeof one === 'object') {
      const frames = Array.from({ length: one.times }, () => {
        published += 1
        return says.publishNamed(one.topic, `${published} ${'x'.repeat(one.bytes)}`)
      })
      t.feeder.say(Buffer.concat(frames))
    } else if (one === 'ping') {
      link.say(says.number(FrameKind.PING, 1))
    } else if (one === 'die') {
      current.isGone = true
      link.receiver?.onClose()
    } else if (one === 'join') {
      subscribers.push({ link: t.join('next'), since: published, isGone: false })
      subscribers.at(-1)?.link.say(...subscribes)
    } else {
      link.takes = one === 'drain'
      if (one !== 'fill') link.receiver?.onDrain()
    }
  }
  return { core: t.core, subscribers, published }
}

function numberOf(frame: Buffer): number | undefined {
  if (frame[4] === FrameKind.PUBLISH) return Number.parseInt(frame.toString('utf8', 16), 10)
  if (frame[4] !== FrameKind.PUBLISH_NAMED) return undefined
  return Number.parseInt(frame.toString('utf8', 16 + layout.readU32(frame, 12)), 10)
}

function messagesOf({ frames }: FakeLink): number {
  return frames.filter((frame) => numberOf(frame) !== undefined).length
}
