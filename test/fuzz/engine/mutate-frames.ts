import type { Random } from '../../support/random.ts'
import { framesIn, type Input, inputBytesMax } from './input.ts'
import { edges, mutateBytes } from './mutate-bytes.ts'

type FrameMutation = (frames: Buffer[], others: readonly Buffer[], random: Random) => void

const mutations: readonly FrameMutation[] = [
  function repeat(frames, _, random) {
    frames.splice(random.below(frames.length), 0, random.pick(frames))
  },
  function remove(frames, _, random) {
    frames.splice(random.below(frames.length), 1)
  },
  function swap(frames, _, random) {
    const [left, right] = [random.below(frames.length), random.below(frames.length)]
    const [first, second] = [frames[left], frames[right]]
    if (first === undefined || second === undefined) return
    frames[left] = second
    frames[right] = first
  },
  function borrow(frames, others, random) {
    if (others.length > 0) frames.splice(random.below(frames.length + 1), 0, random.pick(others))
  },
  function setField(frames, _, random) {
    change(frames, random, (frame) => {
      const at = 8 + 4 * random.below(4)
      if (at + 4 <= frame.length) frame.writeUInt32LE(random.pick(edges), at)
      return frame
    })
  },
  function setBase(frames, _, random) {
    change(frames, random, (frame) => {
      const at = 4 + random.below(4)
      if (at < frame.length) frame[at] = random.below(3) === 0 ? random.below(256) : random.below(32)
      return frame
    })
  },
  function lieAboutLength(frames, _, random) {
    change(frames, random, (frame) => {
      if (frame.length < 4) return frame
      const near = frame.length + random.below(9) - 4
      frame.writeUInt32LE(random.below(2) === 0 ? near >>> 0 : random.pick(edges), 0)
      return frame
    })
  },
  function changeContent(frames, others, random) {
    change(frames, random, (frame) => {
      const content = mutateBytes(frame.subarray(8), Buffer.concat([...others]), random)
      const changed = Buffer.concat([frame.subarray(0, 8), content])
      if (changed.length >= 4) changed.writeUInt32LE(changed.length, 0)
      return changed
    })
  },
]

/** Changes frames, or bytes without regard to frames, and cuts what comes of it into other chunks. */
export function mutateFrames(input: Input, other: Input, random: Random): Input {
  const bytes = Buffer.concat([...input])
  const otherBytes = Buffer.concat([...other])
  if (random.below(4) === 0) return chunksOf(mutateBytes(bytes, otherBytes, random), random)
  const frames = framesIn(bytes)
  if (frames.length === 0) return [otherBytes]
  random.pick(mutations)(frames, framesIn(otherBytes), random)
  return chunksOf(Buffer.concat(frames).subarray(0, inputBytesMax), random)
}

/** Cuts bytes at random places: seldom, or everywhere. */
export function chunksOf(bytes: Buffer, random: Random): Input {
  const cuts = random.below(16) === 0 ? bytes.length : random.below(4)
  if (cuts === bytes.length && bytes.length <= 256) return Array.from(bytes, (byte) => Buffer.of(byte))
  const places = Array.from({ length: cuts % 64 }, () => random.below(bytes.length + 1)).sort((a, b) => a - b)
  const chunks = [0, ...places].map((from, index) => bytes.subarray(from, places[index] ?? bytes.length))
  return chunks.filter((chunk) => chunk.length > 0)
}

function change(frames: Buffer[], random: Random, how: (frame: Buffer) => Buffer): void {
  const at = random.below(frames.length)
  const frame = frames[at]
  if (frame !== undefined) frames[at] = how(Buffer.from(frame))
}
