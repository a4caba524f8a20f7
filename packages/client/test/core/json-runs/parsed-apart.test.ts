import { collectGarbage } from '@clusterbus/testkit'
import { afterEach, describe, expect, test, vi } from 'vitest'
import { message } from '../../support/frames.ts'
import { type Step, readAll, readAlone, json, chunkOf } from '../../support/json-steps.ts'

afterEach(() => vi.restoreAllMocks())

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
