import { FrameKind, layout } from '@clusterbus/protocol'
import fc from 'fast-check'
import { afterEach, describe, expect, test, vi } from 'vitest'
import { JsonRuns, notInRun } from '../../../src/core/json-runs.ts'
import { gone, message, topic } from '../../support/frames.ts'
import { type Step, readAll, readAlone, json, chunkOf, brokenPayload } from '../../support/json-steps.ts'

afterEach(() => vi.restoreAllMocks())

const wholePayload = fc.oneof(
  { weight: 4, arbitrary: fc.json({ maxDepth: 1 }) },
  { weight: 2, arbitrary: fc.string({ unit: 'binary', maxLength: 20 }).map((text) => JSON.stringify({ text })) },
  { weight: 1, arbitrary: fc.constantFrom('', 'null', ' 1 ', '"ä€😀"', '[]', '[1,2]', '"],["', '{"__proto__":1}') },
)

const betweenFrames = fc.constantFrom(
  message({ name: 'by.name', payload: '1' }),
  message({ number: 1, codec: 0, payload: 'bytes' }),
  message({ number: 1, codec: 200, payload: '[1' }),
  topic(1, 'told'),
  gone(5),
)

/** Three members, of whom the third now and then writes what is no JSON. */
const step = fc.oneof(
  {
    weight: 12,
    arbitrary: fc.record({
      from: fc.constantFrom(1, 1, 1, 1, 2, 3, 3),
      payload: wholePayload,
      broken: fc.option(brokenPayload, { freq: 3 }),
      headers: fc.option(fc.constant({ trace: 'ä' }), { freq: 8, nil: undefined }),
      flags: fc.constantFrom(0, 0, 0, layout.flagNoEcho),
      isTaken: fc.constantFrom(true, true, true, true, false),
    }),
  },
  { weight: 1, arbitrary: betweenFrames },
)

const steps = fc.array(step, { maxLength: 60, size: 'max' }).map((drawn) =>
  drawn.map((fields): Step => {
    if (Buffer.isBuffer(fields)) return { frame: fields, isJson: false, from: 0, isWhole: true, isTaken: true }
    const { from, broken, headers, flags, isTaken } = fields
    const isBroken = from === 3 && broken !== null
    const payload = isBroken ? broken : fields.payload
    const frame = message({ from, number: 1, flags, payload, ...(headers === undefined ? {} : { headers }) })
    return { frame, isJson: true, from, isWhole: !isBroken, isTaken }
  }),
)

function cut(bytes: Buffer, cuts: readonly number[]): Buffer[] {
  const at = [0, ...cuts.map((part) => Math.floor(part * bytes.length)).toSorted((a, b) => a - b), bytes.length]
  return at.slice(1).map((end, index) => Buffer.from(bytes.subarray(at[index], end)))
}

const cuts = fc.array(fc.double({ min: 0, max: 1, noNaN: true }), { maxLength: 4 })

describe('messages that are parsed a run at a time', () => {
  test('say the same as each alone, and whoever writes no JSON confuses no messages but its own', () => {
    fc.assert(
      fc.property(steps, cuts, fc.boolean(), (drawn, at, forgets) => {
        const results = readAll(cut(chunkOf(drawn), at), drawn, forgets)
        const alone = readAlone(drawn)
        const taken = drawn.filter(({ isJson, isTaken }) => isJson && isTaken)
        const liars = new Set(drawn.filter(({ isWhole }) => !isWhole).map(({ from }) => from))
        expect(results).toHaveLength(alone.length)
        for (const [index, { from }] of taken.entries()) {
          if (!liars.has(from)) expect(results[index]).toStrictEqual(alone[index])
        }
      }),
      { numRuns: 1000 },
    )
  })

  test.each([4, 5, 64])('%d of one sender are one call', (count) => {
    const run = Array.from({ length: count }, (_, index) => json(JSON.stringify({ index })))
    const chunk = chunkOf(run)
    const parse = vi.spyOn(JSON, 'parse')
    const results = readAll([chunk], run)
    expect(parse).toHaveBeenCalledTimes(1)
    expect(results).toStrictEqual(run.map((_, index) => ({ index })))
  })

  test('are of one sender only', () => {
    const run = Array.from({ length: 12 }, (_, index) => json(String(index), 1 + Math.floor(index / 4)))
    const parse = vi.spyOn(JSON, 'parse')
    expect(readAll([chunkOf(run)], run)).toStrictEqual(run.map((_, index) => index))
    expect(parse).toHaveBeenCalledTimes(3)
  })
})

describe('a run', () => {
  const run = ['1', '"ä€😀"', '{"a":[1]}', 'null', '""', '7'].map((payload) => json(payload))

  test('says the same wherever its chunk is torn', () => {
    const bytes = chunkOf(run)
    for (let at = 0; at <= bytes.length; at += 1) {
      const chunks = [Buffer.from(bytes.subarray(0, at)), Buffer.from(bytes.subarray(at))]
      expect(readAll(chunks, run), `torn at ${at}`).toStrictEqual(readAlone(run))
    }
  })

  test('whose last frame is torn looks at no byte that is not there', () => {
    const bytes = chunkOf(run)
    for (let end = 0; end < bytes.length; end += 1) {
      const whole = readAll([Buffer.from(bytes.subarray(0, end))], run)
      expect(whole, `torn at ${end}`).toStrictEqual(readAlone(run).slice(0, whole.length))
    }
  })

  test('that is followed by a frame with a length that lies is read to there', () => {
    for (const length of [0, 1, 7, 8, 15, 16, 17, 2 ** 31, 2 ** 32 - 1]) {
      const liar = message({ number: 1, payload: '8' })
      layout.writeU32(liar, 0, length)
      const bytes = Buffer.concat([chunkOf(run), liar])
      const runs = new JsonRuns()
      const [first] = run
      const end = first?.frame.length ?? 0
      expect(runs.take(bytes, 0, layout.publishBytes, end), `length ${length}`).toBe(1)
    }
  })

  test.each([
    ['without payload', message({ number: 1 })],
    ['with headers', message({ number: 1, headers: { a: 'b' }, payload: '1' })],
    ['of another codec', message({ number: 1, codec: 2, payload: '1' })],
    ['by name', message({ name: 'a', payload: '1' })],
    ['that is none of a message', topic(1, 'a')],
  ])('ends before a frame %s, and another begins behind it', (_, frame) => {
    const other: Step = {
      frame,
      isJson: frame[4] === FrameKind.PUBLISH && frame[6] === 1,
      from: 1,
      isWhole: true,
      isTaken: true,
    }
    const both = [...run, other, ...run]
    expect(readAll([chunkOf(both)], both)).toStrictEqual(readAlone(both))
  })

  test('goes on past messages that nobody wants', () => {
    for (let wanted = 0; wanted < 2 ** run.length; wanted += 1) {
      const some = run.map((step, index) => ({ ...step, isTaken: (wanted & (1 << index)) !== 0 }))
      expect(readAll([chunkOf(some)], some)).toStrictEqual(readAlone(some))
    }
  })

  test('is forgotten when the same bytes are filled anew', () => {
    const first = ['1', '2', '3', '4'].map((payload) => json(payload))
    const second = ['5', '6', '7', '8'].map((payload) => json(payload))
    const bytes = chunkOf(first)
    const runs = new JsonRuns()
    const length = first[0]?.frame.length ?? 0
    expect(runs.take(bytes, 0, layout.publishBytes, length)).toBe(1)
    runs.forget()
    chunkOf(second).copy(bytes)
    expect(runs.take(bytes, 0, layout.publishBytes, length)).toBe(5)
  })

  test('of a chunk that is gone says nothing in the next, which looks the same', () => {
    const [first, second] = [
      ['1', '2', '3', '4'],
      ['5', '6', '7', '8'],
    ].map((payloads) => payloads.map((payload) => json(payload)))
    const length = first?.[0]?.frame.length ?? 0
    const runs = new JsonRuns()
    const takeFrom = (bytes: Buffer, index: number): unknown =>
      runs.take(bytes, index * length, index * length + layout.publishBytes, (index + 1) * length)
    const [gone, next] = [chunkOf(first ?? []), chunkOf(second ?? [])]
    expect([takeFrom(gone, 0), takeFrom(gone, 1)]).toEqual([1, 2])
    expect([7, notInRun]).toContain(takeFrom(next, 2))
  })

  test('gives each message data of its own', () => {
    const same = Array.from({ length: 6 }, () => json('{"a":1}'))
    const [first, second] = readAll([chunkOf(same)], same)
    expect(first).not.toBe(second)
  })
})
