import fc from 'fast-check'
import { FrameStream, jsonCodec, layout, read } from '@clusterbus/protocol'
import { JsonRuns, notInRun } from '../../src/core/json-runs.ts'
import { message } from './frames.ts'

/** One message, or something else that lies between messages. */
export interface Step {
  readonly frame: Buffer
  readonly isJson: boolean
  readonly from: number
  readonly isWhole: boolean
  /** Whether somebody here wants it. */
  readonly isTaken: boolean
}

const unreadable = Symbol('unreadable')

/** Reads what a broker has sent, chunk after chunk, as a bus does. One result for each message that is taken. */
export function readAll(chunks: readonly Buffer[], steps: readonly Step[], forgets = true): unknown[] {
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
export function readAlone(steps: readonly Step[]): unknown[] {
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

export function json(payload: string | Uint8Array, from = 1): Step {
  return { frame: message({ from, payload, number: 1 }), isJson: true, from, isWhole: true, isTaken: true }
}

export function chunkOf(steps: readonly Step[]): Buffer {
  return Buffer.concat(steps.map(({ frame }) => frame))
}

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
export const brokenPayload: fc.Arbitrary<string | Uint8Array> = fc.constantFrom<string | Uint8Array>(
  ...brokenTexts,
  ...brokenBytes,
)
