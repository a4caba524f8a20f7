import { msgpackCodec } from '@clusterbus/codec-msgpack'
import { type Codec, jsonCodec } from '@clusterbus/protocol'
import assert from 'node:assert/strict'
import type { Random } from '../../support/random.ts'
import type { Input } from '../engine/input.ts'
import { mutateBytes } from '../engine/mutate-bytes.ts'
import { refusalOf } from '../engine/refusal.ts'
import type { Outcome, Target } from '../engine/target.ts'
import { takePayload } from './take-payload.ts'
import { packedGraph, packedValue } from './tokens.ts'
import { anyValue } from './values.ts'

const texts = [
  '',
  'null',
  '[1,-2.5e3,"\\u00e9"]',
  '{"a":{"__proto__":{"b":1}},"c":[]}',
  '"\\ud800"',
  '1e999',
  '[[[[[[]]]]]]',
  '\ufeff1',
] as const
const descriptions = [
  '["a","b"]',
  '["a"]',
  '["b","c"]',
  '["constructor","length"]',
  '["__proto__"]',
  '[]',
  '{}',
] as const

/** JSON as it may come in. */
export function jsonTarget(): Target {
  return { generate: (random) => [Buffer.from(random.pick(texts))], ...payloadsOf(jsonCodec) }
}

/** MessagePack as it may come in: trees and graphs, one message in each chunk, all to one codec. */
export function msgpackTarget(): Target {
  const codec = msgpackCodec({ maxDepth: 8 })
  return {
    generate(random) {
      const choice = random.below(3)
      if (choice === 0) return [Buffer.from(written(codec, random))]
      return [choice === 1 ? packedGraph(random) : packedValue(random)]
    },
    ...payloadsOf(codec),
  }
}

/** Messages that refer to shapes: each chunk but the last describes one. */
export function shapesTarget(): Target {
  const codec = msgpackCodec({ maxDepth: 8 })
  return {
    generate(random) {
      const described = Array.from({ length: random.below(4) }, () => Buffer.from(random.pick(descriptions)))
      return [...described, packedValue(random)]
    },
    mutate: mutateChunk,
    take: (input) => takeShaped(codec, input),
    settle: () => Promise.resolve(assertWorks(codec)),
  }
}

function takeShaped(codec: Codec, input: Input): Outcome {
  assert.ok(codec.shapes !== undefined)
  const reader = codec.shapes.reader()
  for (const description of input.slice(0, -1)) {
    try {
      reader.describe(description)
    } catch (error) {
      const refusal = refusalOf(error)
      return { path: refusal, refusal }
    }
    // It must not be kept.
    description.fill(0)
  }
  return takePayload(reader, codec, input.at(-1) ?? Buffer.alloc(0))
}

function payloadsOf(codec: Codec): Omit<Target, 'generate'> {
  return {
    mutate: mutateChunk,
    take(input) {
      const outcomes = input.map((payload) => takePayload(codec, codec, payload))
      return { path: outcomes.map(({ path }) => path).join(), refusal: outcomes.find((each) => each.refusal)?.refusal }
    },
    settle: () => Promise.resolve(assertWorks(codec)),
  }
}

/** Nothing that it was given has left a trace. */
function assertWorks(codec: Codec): void {
  const data = { a: [1, 'two', { b: null }], c: -1.5 }
  const bytes = Buffer.from(codec.encode(data))
  assert.deepEqual(codec.decode(bytes, 0, bytes.length), data)
}

/** Changes one chunk, with parts of any of the other's. */
function mutateChunk(input: Input, other: Input, random: Random): Input {
  if (input.length === 0) return other
  const at = random.below(input.length)
  const [chunk, donor] = [input[at] ?? Buffer.alloc(0), Buffer.concat([...other])]
  return input.with(at, mutateBytes(chunk, donor, random))
}

function written(codec: Codec, random: Random): string | Uint8Array {
  try {
    return codec.encode(anyValue(random))
  } catch {
    return codec.encode(random.below(100))
  }
}
