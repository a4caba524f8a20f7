import { FrameKind, layout } from '@clusterbus/protocol'
import type { FakeLink } from '@clusterbus/testkit'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import * as says from '../support/says.ts'
import { TestBroker } from '../support/test-broker.ts'
import { transcript } from '../support/transcript.ts'

const names = ['a', 'b', 'c', 'd', 'e']
const memberCount = 3

interface Said {
  readonly topic: number
  /** By its number, where the member knows one. */
  readonly byNumber: boolean
  readonly confirmed: boolean
}

/** What one member says at a time. */
const chunk = fc.record({
  member: fc.nat(memberCount - 1),
  said: fc.array(
    fc.record<Said>({ topic: fc.nat(names.length - 1), byNumber: fc.boolean(), confirmed: fc.boolean() }),
    { minLength: 1, maxLength: 12 },
  ),
})

/** Keeps account of the numbers that a member was told, and gives those back that are withdrawn. */
class Speaker {
  readonly link: FakeLink
  readonly #numbers = new Map<string, number>()
  #read = 0

  constructor(link: FakeLink) {
    this.link = link
  }

  /** Reads what has come, and answers it. */
  catchUp(): void {
    for (const frame of this.link.frames.slice(this.#read)) {
      const number = frame.length < 12 ? 0 : layout.readU32(frame, 8)
      if (frame[4] === FrameKind.TOPIC) this.#numbers.set(frame.toString('utf8', 12), number)
      if (frame[4] !== FrameKind.FORGET) continue
      for (const [name, known] of this.#numbers) if (known === number) this.#numbers.delete(name)
      this.link.say(says.number(FrameKind.FORGOT, number))
    }
    this.#read = this.link.frames.length
  }

  message(topic: string, byNumber: boolean, payload: string): Buffer {
    const number = byNumber ? this.#numbers.get(topic) : undefined
    return number === undefined ? says.publishNamed(topic, payload) : says.publishNumbered(number, payload)
  }
}

test('whatever members say, by name or number, everybody hears all that was allowed and nothing else', () => {
  fc.assert(
    fc.property(
      fc.array(fc.array(fc.boolean(), { minLength: names.length, maxLength: names.length }), {
        minLength: memberCount,
        maxLength: memberCount,
      }),
      fc.array(chunk, { maxLength: 40 }),
      (allowed, chunks) => {
        const asked: string[] = []
        const broker = new TestBroker({
          limits: { topicNames: 2 },
          authorize: ({ id }, action, topic) => {
            asked.push(`${id} ${action} ${topic}`)
            return action === 'subscribe' || allowed[id - 1]?.[names.indexOf(topic)] === true
          },
        })
        const speakers = Array.from({ length: memberCount }, () => new Speaker(broker.subscriber('>')))
        const expected: string[] = []
        const refused = [0, 0, 0]
        let count = 0
        for (const { member, said } of chunks) {
          for (const speaker of speakers) speaker.catchUp()
          const speaker = speakers[member]
          const frames = said.map(({ topic, byNumber, confirmed }) => {
            count += 1
            const name = names[topic] ?? ''
            const message = speaker?.message(name, byNumber, `${count}`)
            if (allowed[member]?.[topic] === true) expected.push(`${member + 1} ${count}`)
            else if (!confirmed) refused[member] = (refused[member] ?? 0) + 1
            return confirmed ? says.confirm(count, message ?? Buffer.alloc(0), false) : (message ?? Buffer.alloc(0))
          })
          speaker?.link.say(Buffer.concat(frames))
        }
        for (const [index, { link }] of speakers.entries()) {
          const heard = transcript(link).filter((line) => line.startsWith('PUBLISH') || line.startsWith('NAMED'))
          expect(heard.map((line) => line.replace(/^\w+ /, ''))).toEqual(expected)
          const denied = link.ofKind(FrameKind.DENIED).map((frame) => layout.readU32(frame, 8))
          expect(denied.reduce((sum, each) => sum + each, 0)).toBe(refused[index])
        }
        expect(new Set(asked).size).toBe(asked.length)
        expect(broker.core.stats().published).toBe(expected.length)
        expect(broker.core.stats().published + broker.core.stats().refused).toBe(count)
        expect(broker.reported).toEqual([])
      },
    ),
    { numRuns: 60 },
  )
})
