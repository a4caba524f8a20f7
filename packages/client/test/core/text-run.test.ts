import { ChunkWriter, chunkBytes, FrameKind, layout, write } from '@clusterbus/protocol'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { TextRun } from '../../src/core/text-run.ts'

const textLengthMax = 4096
const runLengthMax = 48 * 1024

interface Text {
  readonly topic: number
  readonly flags: number
  readonly codec: number
  readonly text: string
}

function textOf(text: string, fields: Partial<Text> = {}): Text {
  return { topic: 1, flags: 0, codec: 1, text, ...fields }
}

function add(run: TextRun, { topic, flags, codec, text }: Text): boolean {
  return run.add(topic, flags, codec, text)
}

/** Writes a message in the way in which those are written that no run takes. */
function writeAlone(writer: ChunkWriter, { topic, flags, codec, text }: Text): void {
  const fields = { kind: FrameKind.PUBLISH, flags, codec, topicNumber: topic, request: 0 }
  const start = write.beginMessage(writer, { ...fields, name: undefined, headers: undefined }, 3 * text.length)
  writer.position += writer.chunk.write(text, writer.position)
  write.endFrame(writer, start)
}

function alone(...texts: readonly Text[]): Buffer {
  const writer = new ChunkWriter()
  for (const text of texts) writeAlone(writer, text)
  return Buffer.concat(writer.take())
}

function together(...texts: readonly Text[]): Buffer {
  const writer = new ChunkWriter()
  const run = new TextRun()
  for (const text of texts) expect(add(run, text)).toBe(true)
  run.settle(writer)
  return Buffer.concat(writer.take())
}

const content = fc.oneof(
  { weight: 4, arbitrary: fc.string({ unit: 'binary-ascii', maxLength: 60 }) },
  { weight: 1, arbitrary: fc.string({ unit: 'binary', maxLength: 60 }) },
  { weight: 1, arbitrary: fc.constantFrom('', '\0', '\u0080', '\ud83d', '\ude00', '€', '😀', '\ufeff') },
  {
    weight: 1,
    arbitrary: fc
      .tuple(fc.constantFrom('x', 'ä', '€', '😀', '\ud83d'), fc.integer({ min: 1, max: textLengthMax }))
      .map(([unit, length]) => unit.repeat(Math.floor(length / unit.length))),
  },
)
const text = fc.record({
  topic: fc.oneof(fc.nat({ max: 300 }), fc.constantFrom(2 ** 31, 2 ** 32 - 1)),
  flags: fc.constantFrom(0, layout.flagNoEcho, layout.flagShaped, 0xff),
  codec: fc.constantFrom(0, 1, 2, 200, 255),
  text: content,
})

describe('the frames of a run', () => {
  test('are those that would be written one by one, with all that is said in between', () => {
    const said = fc.oneof(
      { weight: 10, arbitrary: text },
      { weight: 1, arbitrary: fc.constantFrom('control', 'taken', 'settled') },
    )
    fc.assert(
      fc.property(fc.array(said, { maxLength: 60, size: 'max' }), fc.nat({ max: 3000 }), (all, before) => {
        const [writer, expected] = [new ChunkWriter(), new ChunkWriter()]
        const run = new TextRun()
        const [taken, expectedTaken]: [Buffer[], Buffer[]] = [[], []]
        for (const each of [writer, expected]) each.appendCopy(Buffer.alloc(before, 7), 0, before)
        for (const [index, one] of all.entries()) {
          if (typeof one !== 'string') {
            expect(add(run, one)).toBe(true)
            writeAlone(expected, one)
          }
          if (typeof one === 'string' || run.isLong) run.settle(writer)
          if (one === 'control') for (const each of [writer, expected]) write.writeNumber(each, FrameKind.PING, index)
          if (one === 'taken') taken.push(...writer.take())
        }
        run.settle(writer)
        taken.push(...writer.take())
        expectedTaken.push(...expected.take())
        expect(Buffer.concat(taken).equals(Buffer.concat(expectedTaken))).toBe(true)
      }),
      { numRuns: 300 },
    )
  })

  test.each([
    ['ASCII', ['a', 'bc', '']],
    ['nothing', ['', '', '']],
    ['text with one wide character at its end', ['a', 'b', 'ä']],
    ['text with one wide character at its beginning', ['😀', 'b', 'c']],
    ['halves of a surrogate pair, which do not become one', ['\ud83d', '\ude00']],
    ['zeros', ['\0', '\0\0']],
  ])('hold %s', (_, texts) => {
    const all = texts.map((each, index) => textOf(each, { topic: index + 1 }))
    expect(together(...all)).toEqual(alone(...all))
  })

  test('keep flags and codec of each', () => {
    const all = [
      textOf('a', { flags: layout.flagNoEcho, codec: 1, topic: 5 }),
      textOf('b', { flags: 0, codec: 255, topic: 2 ** 32 - 1 }),
      textOf('ä', { flags: 0xff, codec: 0, topic: 0 }),
    ]
    expect(together(...all)).toEqual(alone(...all))
    expect(together(...all.slice(0, 2))).toEqual(alone(...all.slice(0, 2)))
  })

  test('have no sender, which is for the broker to write, though the chunk was used before', () => {
    const writer = new ChunkWriter()
    writer.reserve(1)
    writer.chunk.fill(0xff)
    const run = new TextRun()
    add(run, textOf('a'))
    add(run, textOf('b'))
    run.settle(writer)
    expect(Buffer.concat(writer.take())).toEqual(alone(textOf('a'), textOf('b')))
  })

  test.each([0, 1, 2, 3, 4, 5, 20])('fit where the chunk has room for them and %d bytes', (spare) => {
    for (const last of ['x', 'ä', '€', '😀']) {
      const texts = [textOf('abc'), textOf(last)]
      const length = texts.reduce((sum, each) => sum + layout.publishBytes + each.text.length, 0)
      const writer = new ChunkWriter()
      writer.reserve(1)
      const before = writer.chunk.length - length - spare
      writer.position += before
      const run = new TextRun()
      for (const each of texts) add(run, each)
      run.settle(writer)
      expect(Buffer.concat(writer.take()).subarray(before)).toEqual(alone(...texts))
    }
  })
})

describe('a run', () => {
  test('takes text of 4,096 characters, and no longer one', () => {
    const run = new TextRun()
    expect(add(run, textOf('x'.repeat(textLengthMax)))).toBe(true)
    const { queuedBytes } = run
    expect(add(run, textOf('x'.repeat(textLengthMax + 1)))).toBe(false)
    expect(run.queuedBytes).toBe(queuedBytes)
    const writer = new ChunkWriter()
    run.settle(writer)
    expect(Buffer.concat(writer.take())).toEqual(alone(textOf('x'.repeat(textLengthMax))))
  })

  test('is long from 48 KiB on, what stands before each text included', () => {
    const run = new TextRun()
    const one = textOf('x'.repeat(1024 - layout.publishBytes))
    for (let count = 1; count < 48; count += 1) add(run, one)
    add(run, textOf('x'.repeat(1023 - layout.publishBytes)))
    expect(run.queuedBytes).toBe(runLengthMax - 1)
    expect(run.isLong).toBe(false)
    add(run, textOf(''))
    expect(run.isLong).toBe(true)

    const exact = new TextRun()
    for (let count = 1; count <= 48; count += 1) add(exact, one)
    expect(exact.queuedBytes).toBe(runLengthMax)
    expect(exact.isLong).toBe(true)
  })

  test('that is settled when it is long never needs more than a chunk, when it is ASCII', () => {
    const run = new TextRun()
    while (!run.isLong) add(run, textOf('x'.repeat(textLengthMax - 1)))
    expect(run.queuedBytes).toBeLessThan(chunkBytes)
  })

  test('counts the bytes that it will be', () => {
    const run = new TextRun()
    const writer = new ChunkWriter()
    for (const each of ['a', '', 'x'.repeat(100)]) add(run, textOf(each))
    const { queuedBytes } = run
    run.settle(writer)
    expect([queuedBytes, run.queuedBytes]).toEqual([writer.queuedBytes, 0])
  })

  test('that holds nothing writes nothing, however often it is settled', () => {
    const run = new TextRun()
    const writer = new ChunkWriter()
    run.settle(writer)
    add(run, textOf('a'))
    run.settle(writer)
    run.settle(writer)
    expect(Buffer.concat(writer.take())).toEqual(alone(textOf('a')))
  })
})
