import {
  assertPattern,
  assertTopic,
  BusError,
  decodeHeaders,
  encodeHeaders,
  FrameStream,
  isWildcard,
  matches,
  PatternIndex,
  quoted,
  read,
} from '@clusterbus/protocol'
import assert from 'node:assert/strict'
import type { Random } from '../../support/random.ts'
import type { Input } from '../engine/input.ts'
import { mutateBytes } from '../engine/mutate-bytes.ts'
import { refusalOf } from '../engine/refusal.ts'
import type { Outcome, Target } from '../engine/target.ts'

const tokens = [
  'a',
  'b',
  'user',
  '*',
  '>',
  '',
  '$sys',
  'é',
  '\u00a0',
  '\u2028',
  '\u0000',
  '\ud83d\ude00',
  'x'.repeat(120),
] as const
const objects = [
  '{"a":"b"}',
  '{"__proto__":"x","constructor":"y"}',
  '{"a":1}',
  '{}',
  '[]',
  'null',
  '{"code":"CLOSED","message":"over"}',
  '{"code":"__proto__","message":"no"}',
  '{"code":"CLOSED"}',
] as const

/** A pattern, and a topic that may match it. The index must agree with the definition. */
export function topicsTarget(): Target {
  return plainTarget(
    (random) => [tokensOf(random), tokensOf(random)],
    (input) => {
      const [pattern = '', topic = ''] = input.map((chunk) => textOf(chunk))
      assertPattern(pattern, 'subscribe')
      const index = new PatternIndex<string>()
      index.set(pattern, pattern)
      assert.equal(index.get(pattern), pattern)
      assertTopic(topic, 'publish')
      assert.ok(!isWildcard(topic))
      const isMatch = matches(pattern, topic)
      assert.equal(index.match(topic).length, isMatch ? 1 : 0, 'the index does not agree with the definition')
      index.delete(pattern)
      assert.deepEqual([index.get(pattern), index.match(pattern)], [undefined, []])
      return `${pattern.split('.').length} ${isMatch}`
    },
  )
}

/** Headers, and what a failed request says. */
export function textsTarget(): Target {
  return plainTarget(
    (random) => [Buffer.from(random.pick(objects)), Buffer.from(random.pick(objects))],
    (input) => {
      const [headerBytes = Buffer.alloc(0), failure = Buffer.alloc(0)] = input
      const headers = decodeHeaders(headerBytes, 0, headerBytes.length)
      assert.equal(Object.getPrototypeOf(headers), null)
      assert.ok(Object.isFrozen(headers))
      const again = encodeHeaders(headers, 'publish')
      assert.deepEqual(decodeHeaders(again, 0, again.length), headers)
      const { code, message } = read.readFailure(failure.toString())
      assert.deepEqual(read.readFailure(read.failureText(code, message)), { code, message })
      return `${Object.keys(headers).length} ${code}`
    },
  )
}

/** A subscription as a member describes it. */
export function subscribeTarget(): Target {
  return plainTarget(
    (random) => {
      const [pattern, group] = [tokensOf(random), tokensOf(random)]
      const fixed = Buffer.alloc(18)
      fixed.set([random.below(4), 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, pattern.length, group.length], 5)
      return [Buffer.concat([fixed, pattern, group])]
    },
    (input) => {
      const bytes = Buffer.concat([...input])
      const { pattern, group } = read.readSubscribe(bytes, 0, bytes.length)
      assertPattern(pattern, 'subscribe')
      return `${isWildcard(pattern)} ${typeof group}`
    },
  )
}

/** Bytes that come in chunks must give the frames that they give in one piece. */
export function framesTarget(): Target {
  return plainTarget(
    (random) =>
      Array.from({ length: 1 + random.below(4) }, () => {
        const frame = Buffer.alloc(8 + random.below(40), random.below(256))
        frame.writeUInt32LE(frame.length, 0)
        return frame
      }),
    (input) => {
      const torn = framesOf(input)
      const whole = framesOf([Buffer.concat([...input])])
      assert.deepEqual(torn, whole, 'it matters how frames are cut into chunks')
      if (torn.error !== undefined) throw torn.error
      return `${torn.frames.length}`
    },
  )
}

function framesOf(input: Input): { frames: string[]; error: unknown } {
  const frames: string[] = []
  const stream = new FrameStream(64)
  try {
    for (const chunk of input) {
      stream.push(chunk, (bytes, start, end) => frames.push(bytes.toString('hex', start, end)))
      assert.ok(stream.waitingBytes < 64)
    }
    return { frames, error: undefined }
  } catch (error) {
    return { frames, error }
  }
}

/** A function of bytes: it returns a path, or throws a bus error. */
function plainTarget(generate: (random: Random) => Input, pathOf: (input: Input) => string): Target {
  return {
    generate,
    mutate(input, other, random) {
      if (input.length === 0) return other
      const at = random.below(input.length)
      return input.with(at, mutateBytes(input[at] ?? Buffer.alloc(0), Buffer.concat([...other]), random))
    },
    take: (input) => takeWith(pathOf, input),
    settle: () => Promise.resolve(),
  }
}

function takeWith(pathOf: (input: Input) => string, input: Input): Outcome {
  try {
    return { path: pathOf(input), refusal: undefined }
  } catch (error) {
    if (!(error instanceof BusError)) throw error
    assert.doesNotMatch(error.message, /\p{Cc}/u, 'an error that may confuse a terminal')
    assert.doesNotMatch(quoted(error.message), /\p{Cc}|\u2028|\u2029/u)
    const refusal = refusalOf(error)
    return { path: refusal, refusal }
  }
}

function tokensOf(random: Random): Buffer {
  return Buffer.from(Array.from({ length: 1 + random.below(4) }, () => random.pick(tokens)).join('.'))
}

/** Text as it comes over a link; or any text that a program may have, where the first byte is one that text never has. */
function textOf(chunk: Buffer): string {
  return chunk[0] === 0xff ? chunk.toString('utf16le', 1) : chunk.toString('utf8')
}
