import { FrameStream } from '@clusterbus/protocol'

/** What a target is given: chunks as a link brings them, or texts or encoded values, one in each. */
export type Input = readonly Buffer[]

/** Longest input, in bytes. What is longer repeats itself. */
export const inputBytesMax: number = 16 * 1024

/** A copy of which every byte is its own: whoever takes a chunk may write into it. */
export function copyOf(input: Input): Buffer[] {
  return input.map((chunk) => Buffer.from(chunk))
}

/** The frames that stand in `bytes`, one behind the other, and what comes behind the last that is whole. */
export function framesIn(bytes: Buffer): Buffer[] {
  const frames: Buffer[] = []
  let wholeBytes = 0
  try {
    new FrameStream(inputBytesMax).push(bytes, (chunk, start, end) => {
      frames.push(chunk.subarray(start, end))
      wholeBytes = end
    })
  } catch {
    // The rest has a length that no frame has.
  }
  if (wholeBytes < bytes.length) frames.push(bytes.subarray(wholeBytes))
  return frames
}
