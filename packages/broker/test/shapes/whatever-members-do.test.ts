import { layout } from '@clusterbus/protocol'
import { type FakeLink } from '@clusterbus/testkit'
import fc from 'fast-check'
import { beforeEach, describe, expect, test } from 'vitest'
import * as says from '../support/says.ts'
import { TestBroker } from '../support/test-broker.ts'
import { transcript } from '../support/transcript.ts'

const { flagNoEcho } = layout

let broker: TestBroker

beforeEach(() => (broker = new TestBroker()))

describe('whatever members do', () => {
  const who = fc.nat({ max: 4 })
  const topics = ['a', 'b'] as const
  const step = fc.oneof(
    { weight: 3, arbitrary: fc.record({ does: fc.constant('describe' as const), who }) },
    {
      weight: 8,
      arbitrary: fc.record({
        does: fc.constant('publish' as const),
        who,
        topic: fc.constantFrom(...topics),
        noEcho: fc.boolean(),
      }),
    },
    {
      weight: 2,
      arbitrary: fc.record({
        does: fc.constant('subscribe' as const),
        who,
        topic: fc.constantFrom('*', ...topics),
        group: fc.constantFrom(undefined, 'g'),
      }),
    },
    { weight: 1, arbitrary: fc.record({ does: fc.constantFrom('rejoin' as const), who }) },
    { weight: 2, arbitrary: fc.record({ does: fc.constantFrom('hand over' as const), who }) },
  )

  test('each receiver knows what each message refers to, and forgets no sender too early', () => {
    fc.assert(
      fc.property(fc.array(step, { maxLength: 80, size: 'max' }), (steps) => {
        broker = new TestBroker()
        const all: Actor[] = []
        const present = Array.from({ length: 5 }, () => newActor(all))
        for (const { who: index, ...doing } of steps) {
          const actor = present[index]
          if (actor === undefined) continue
          if (doing.does === 'describe' && actor.shapes < layout.shapesMax) {
            actor.chunk.push(says.shape(actor.shapes, `shape ${actor.shapes}`))
            actor.shapes += 1
          } else if (doing.does === 'publish') {
            const flags = (doing.noEcho ? flagNoEcho : 0) | (actor.shapes > 0 ? layout.flagShaped : 0)
            actor.chunk.push(says.publishNamed(doing.topic, `${actor.shapes}`, flags))
          } else if (doing.does === 'subscribe') {
            const { group } = doing
            actor.subscriptions += 1
            actor.chunk.push(says.subscribe(actor.subscriptions, doing.topic, group === undefined ? {} : { group }))
          } else {
            handOver(actor)
            if (doing.does === 'hand over') continue
            actor.link.receiver?.onClose()
            present[index] = newActor(all)
          }
        }
        for (const actor of present) handOver(actor)
        const here = new Set(present.map((actor) => String(all.indexOf(actor) + 1)))
        for (const actor of all) {
          const { known, gone } = readTranscript(transcript(actor.link))
          if (present.includes(actor)) expect(known.filter((sender) => !here.has(sender))).toEqual(gone)
        }
        expect(broker.reported).toEqual([])
      }),
      { numRuns: 300 },
    )
  })

  interface Actor {
    readonly link: FakeLink
    /** What it says next, in one chunk. */
    chunk: Buffer[]
    shapes: number
    subscriptions: number
  }

  function newActor(all: Actor[]): Actor {
    const actor: Actor = { link: broker.join(), chunk: [], shapes: 0, subscriptions: 0 }
    all.push(actor)
    return actor
  }

  function handOver(actor: Actor): void {
    const chunk = Buffer.concat(actor.chunk)
    actor.chunk = []
    if (chunk.length > 0) actor.link.say(chunk)
  }

  /** Each message says how many shapes its sender had described by then. Returns whose shapes were told, and who has gone. */
  function readTranscript(lines: readonly string[]): { known: string[]; gone: string[] } {
    const known = new Map<string, number>()
    const gone = new Set<string>()
    for (const [index, line] of lines.entries()) {
      const [kind = '', from = '', rest = ''] = line.split(' ')
      if (lines[index - 1] === 'PICK') expect(kind).toMatch(/^(NAMED|PUBLISH)$/)
      if (kind === 'SHAPE') {
        const [sender = '', number] = from.split('.')
        expect(Number(number)).toBe(known.get(sender) ?? 0)
        expect(gone).not.toContain(sender)
        known.set(sender, Number(number) + 1)
      } else if (kind === 'NAMED' || kind === 'PUBLISH') {
        expect(gone).not.toContain(from)
        expect(known.get(from) ?? 0).toBe(Number(rest))
      } else if (kind === 'GONE') {
        expect(known.has(from)).toBe(true)
        expect(gone).not.toContain(from)
        gone.add(from)
      }
    }
    return { known: [...known.keys()].toSorted(), gone: [...gone].toSorted() }
  }
})
