import { FrameKind, FrameStream, jsonCodec, layout, read } from '@clusterbus/protocol'
import { collectGarbage } from '@clusterbus/testkit'
import fc from 'fast-check'
import { afterEach, describe, expect, test, vi } from 'vitest'
import { JsonRuns, notInRun } from '../../src/core/json-runs.ts'
import { gone, message, topic } from '../support/frames.ts'

afterEach(() => vi.restoreAllMocks())

/** One message, or something else that lies between messages. */
interface Step {
  readonly frame: Buffer
  readonly isJson: boolean
  readonly from: number
  readonly isWhole: boolean
  /** Whether somebody here wants it. */
  readonly isTaken: boolean
}

const unreadable = Symbol('unreadable')

/** Reads what a broker has sent, chunk after chunk, as a bus does. One result for each message that is taken. */
function readAll(chunks: readonly Buffer[], steps: readonly Step[], forgets = true): unknown[] {
  const runs = new JsonRuns()
  const stream = new FrameStream(2 ** 24)
  const results: unknown[] = []
  let index = 0
  for (const chunk of chunks) {
    stream.push(chunk, (bytes, start, end) => {
      const step = steps[index++]
      if (step?.isJson !== true || !step.isTaken) return
      const payloadAt = read.payloadStart(bytes, start, start + layout.publishBytes, end)
      const data = runs.take(bytes, start, payloadAt, end)
      results.push(data === notInRun ? decoded(() => jsonCodec.decode(bytes, payloadAt, end)) : data)
    })
    if (forgets) runs.forget()
  }
  return results
}

/** What each message says when it is decoded alone. */
function readAlone(steps: readonly Step[]): unknown[] {
  return steps
    .filter(({ isJson, isTaken }) => isJson && isTaken)
    .map(({ frame }) => {
      const payloadAt = read.payloadStart(frame, 0, layout.publishBytes, frame.length)
      return decoded(() => jsonCodec.decode(frame, payloadAt, frame.length))
    })
}

function decoded(decode: () => unknown): unknown {
  try {
    return decode()
  } catch {
    return unreadable
  }
}

function json(payload: string | Uint8Array, from = 1): Step {
  return { frame: message({ from, payload, number: 1 }), isJson: true, from, isWhole: true, isTaken: true }
}

function chunkOf(steps: readonly Step[]): Buffer {
  return Buffer.concat(steps.map(({ frame }) => frame))
}

const wholePayload = fc.oneof(
  { weight: 4, arbitrary: fc.json({ maxDepth: 1 }) },
  { weight: 2, arbitrary: fc.string({ unit: 'binary', maxLength: 20 }).map((text) => JSON.stringify({ text })) },
  { weight: 1, arbitrary: fc.constantFrom('', 'null', ' 1 ', '"ä€😀"', '[]', '[1,2]', '"],["', '{"__proto__":1}') },
)

/** No JSON alone; some of them are when they stand beside each other. */
const brokenTexts = [
  '1,2',
  '[1',
  '2]',
  '1],[2',
  ']',
  '[',
  ',',
  '"',
  '{"a":1',
  '"a":1}',
  '1,',
  ',1',
  '//',
  '\ufeff1',
  'NaN',
]
const brokenBytes = [Buffer.from([0x22, 0xe2, 0x82]), Buffer.from([0x22, 0xff, 0x22, 0x2c, 0x22])]
const brokenPayload = fc.constantFrom<string | Uint8Array>(...brokenTexts, ...brokenBytes)

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

describe('what cannot be parsed together costs little more than to parse it apart', () => {
  /** Calls that it takes to read them all. */
  function callsFor(steps: readonly Step[], end?: number): number {
    const chunk = Buffer.from(chunkOf(steps).subarray(0, end))
    const parse = vi.spyOn(JSON, 'parse')
    readAll([chunk], steps)
    const { length } = parse.mock.calls
    parse.mockRestore()
    return length
  }

  const many = Array.from({ length: 200 }, (_, index) => json(String(index)))

  test('a message that is no JSON, whatever place it has', () => {
    for (const at of [0, 1, 100, 199]) {
      expect(callsFor([...many.slice(0, at), json('1,'), ...many.slice(at)])).toBeLessThanOrEqual(203)
    }
  })

  test.each([
    ['with headers', message({ number: 1, headers: { a: 'b' }, payload: '1' })],
    ['of another codec', message({ number: 1, codec: 2, payload: '[' })],
    ['without payload', message({ number: 1 })],
  ])('a frame %s among others', (_, frame) => {
    const other: Step = { frame, isJson: frame[6] === 1, from: 1, isWhole: true, isTaken: true }
    expect(callsFor([...many, other, ...many])).toBeLessThanOrEqual(4)
  })

  test('a frame that is torn off at the end of its chunk', () => {
    const bytes = chunkOf(many).length
    for (let missing = 1; missing < 20; missing += 1) expect(callsFor(many, bytes - missing)).toBe(1)
  })
})

describe('a sender whose payloads are no JSON', () => {
  test.each([
    ['two values in one', ['1', '2', '1,2', '3', '4']],
    ['a list in two halves', ['1', '[1', '2]', '3', '4']],
    ['the end of the list and the beginning of another', ['1', '1],[2', '3', '4', '5']],
    ['an open text', ['1', '"', '2', '3', '4']],
    ['a cut off character', ['1', Buffer.from([0x22, 0xe2, 0x82]), '2', '3', '4']],
  ])('%s: its other messages arrive, and that one is unreadable', (_, payloads) => {
    const run = payloads.map((payload) => json(payload))
    expect(readAll([chunkOf(run)], run)).toStrictEqual(readAlone(run))
  })

  test('has nothing to say in the messages of others', () => {
    const bad = ['[1', '2]', '1,2', '1],[2', '"'].map((payload) => json(payload, 2))
    const good = (): Step[] => ['"a"', '"b"', '"c"', '"d"', '"e"'].map((payload) => json(payload, 1))
    const mixed = [...bad, ...good(), ...bad, ...good(), ...bad]
    const results = readAll([chunkOf(mixed)], mixed).filter((_, index) => mixed[index]?.from === 1)
    expect(results).toStrictEqual(['a', 'b', 'c', 'd', 'e', 'a', 'b', 'c', 'd', 'e'])
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

describe('payloads that are long', () => {
  const runBytesMax = 64 * 1024

  test('are parsed together up to a limit, and all arrive', () => {
    const run = Array.from({ length: 100 }, (_, index) => json(JSON.stringify([index, 'ä'.repeat(2_000)])))
    const chunk = chunkOf(run)
    const parse = vi.spyOn(JSON, 'parse')
    const results = readAll([chunk], run)
    const lengths = parse.mock.calls.map(([text]) => Buffer.byteLength(text))
    vi.restoreAllMocks()
    expect(results).toStrictEqual(readAlone(run))
    expect(lengths.length).toBeLessThan(12)
    expect(Math.max(...lengths)).toBeLessThan(runBytesMax + 4_100)
  })

  test.each([runBytesMax - 3, runBytesMax - 2, runBytesMax - 1, runBytesMax, 3 * runBytesMax])(
    'one of %d bytes arrives, and so do those around it',
    (length) => {
      const long = json(JSON.stringify('x'.repeat(length - 2)))
      const few = ['1', '2', '3', '4', '5'].map((payload) => json(payload))
      for (const run of [[long], [long, ...few], [...few, long], [...few, long, ...few], [long, long, long, long]]) {
        expect(readAll([chunkOf(run)], run)).toStrictEqual(readAlone(run))
      }
    },
  )

  test('are not held on to', async () => {
    const before = await heldBytes()
    // In a function of its own: this one holds nothing of it.
    expect(lengthOfLong(8 * 1024 * 1024)).toBe(8 * 1024 * 1024)
    expect((await heldBytes()) - before).toBeLessThan(2 * 1024 * 1024)
  })
})

function lengthOfLong(length: number): number {
  const long = json(JSON.stringify('x'.repeat(length)))
  const [text] = readAll([long.frame], [long])
  return typeof text === 'string' ? text.length : -1
}

async function heldBytes(): Promise<number> {
  await collectGarbage()
  return process.memoryUsage().arrayBuffers
}
