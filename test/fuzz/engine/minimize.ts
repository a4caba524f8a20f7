import type { Input } from './input.ts'

/** Most attempts; what is left then is small enough to be looked at. */
const attemptsMax = 3_000

/**
 * The smallest input found for which `holds` still does, with fewer chunks and fewer bytes. `input` itself is returned
 * when it does not hold for it.
 */
export async function minimize(input: Input, holds: (input: Input) => Promise<boolean>): Promise<Input> {
  let attempts = 0
  const attempt = async (candidate: Input): Promise<boolean> => ++attempts <= attemptsMax && (await holds(candidate))
  if (!(await attempt(input))) return input
  let smallest = input
  const whole = [Buffer.concat([...input])]
  if (input.length > 1 && (await attempt(whole))) smallest = whole
  for (let before = Infinity; sizeOf(smallest) < before && attempts < attemptsMax;) {
    before = sizeOf(smallest)
    smallest = await withoutChunks(smallest, attempt)
    smallest = await withoutBytes(smallest, attempt)
  }
  return smallest
}

function sizeOf(input: Input): number {
  return input.length + input.reduce((bytes, chunk) => bytes + chunk.length, 0)
}

async function withoutChunks(input: Input, holds: (input: Input) => Promise<boolean>): Promise<Input> {
  let smallest = input
  for (let index = input.length - 1; index >= 0; index -= 1) {
    const candidate = smallest.filter((_, at) => at !== index)
    if (await holds(candidate)) smallest = candidate
  }
  return smallest
}

/** Takes out pieces of each chunk, large ones first. */
async function withoutBytes(input: Input, holds: (input: Input) => Promise<boolean>): Promise<Input> {
  let smallest = input
  for (const [index, chunk] of input.entries()) {
    let bytes = chunk
    for (let piece = chunk.length >>> 1; piece >= 1; piece >>>= 1) {
      for (let at = 0; at + piece <= bytes.length;) {
        const shorter = Buffer.concat([bytes.subarray(0, at), bytes.subarray(at + piece)])
        const candidate = smallest.with(index, shorter)
        if (await holds(candidate)) {
          smallest = candidate
          bytes = shorter
        } else {
          at += piece
        }
      }
    }
  }
  return smallest
}
