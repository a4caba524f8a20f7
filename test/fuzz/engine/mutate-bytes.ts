import type { Random } from '../../support/random.ts'
import { inputBytesMax } from './input.ts'

/** Numbers at which lengths, counts and ids go wrong: none, few, around a limit, with the sign bit, all bits. */
export const edges: readonly number[] = [
  0,
  1,
  2,
  7,
  8,
  12,
  16,
  63,
  64,
  255,
  256,
  65_535,
  2 ** 24,
  2 ** 31 - 1,
  2 ** 31,
  2 ** 32 - 8,
  2 ** 32 - 1,
]

type ByteMutation = (bytes: Buffer, other: Buffer, random: Random) => Buffer

const mutations: readonly ByteMutation[] = [
  function flipBit(bytes, _, random) {
    const at = random.below(bytes.length)
    bytes[at] = (bytes[at] ?? 0) ^ (1 << random.below(8))
    return bytes
  },
  function setByte(bytes, _, random) {
    bytes[random.below(bytes.length)] = random.below(256)
    return bytes
  },
  function setNumber(bytes, _, random) {
    if (bytes.length < 4) return bytes
    const at = random.below(bytes.length - 3)
    if (random.below(2) === 0) bytes.writeUInt32LE(random.pick(edges), at)
    else bytes.writeUInt32BE(random.pick(edges), at)
    return bytes
  },
  function cutEnd(bytes, _, random) {
    return bytes.subarray(0, random.below(bytes.length))
  },
  function cutOut(bytes, _, random) {
    const at = random.below(bytes.length)
    return Buffer.concat([bytes.subarray(0, at), bytes.subarray(at + 1 + random.below(20))])
  },
  function repeat(bytes, _, random) {
    const at = random.below(bytes.length)
    const from = random.below(bytes.length)
    return Buffer.concat([bytes.subarray(0, at), bytes.subarray(from, from + 1 + random.below(60)), bytes.subarray(at)])
  },
  function splice(bytes, other, random) {
    const from = random.below(other.length + 1)
    return Buffer.concat([bytes.subarray(0, random.below(bytes.length)), other.subarray(from)])
  },
]

/** Changes bytes without knowing what they say. Neither argument is written to. */
export function mutateBytes(bytes: Buffer, other: Buffer, random: Random): Buffer {
  if (bytes.length === 0) return Buffer.from(other)
  const mutate = random.pick(mutations)
  return mutate(Buffer.from(bytes), other, random).subarray(0, inputBytesMax)
}
