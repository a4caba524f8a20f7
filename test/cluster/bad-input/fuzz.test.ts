import { afterAll, beforeAll, expect, test } from 'vitest'
import { type HealthyPair, healthyPair } from '../support/healthy-pair.ts'
import { Random } from '../../support/random.ts'
import { validStream } from '../support/raw-frames.ts'
import { joinRaw } from '../support/raw-member.ts'
import { endWorkers } from '../support/workers.ts'

const seed = Number(process.env.FUZZ_SEED ?? 1)
const streams = Number(process.env.FUZZ_STREAMS ?? 3_000)
const atATime = 12
const lengths = [0, 1, 7, 8, 12, 16, 255, 256, 2 ** 16, 2 ** 24, 2 ** 31, 2 ** 32 - 1]

let pair: HealthyPair

beforeAll(async () => {
  pair = await healthyPair({ limits: { payloadBytes: 4_096, topicNames: 64 } })
})

afterAll(async () => {
  await pair.close()
  await endWorkers()
})

const mutations: ((bytes: Buffer, random: Random) => Buffer)[] = [
  (bytes, random) => {
    const at = random.below(bytes.length)
    bytes[at] = (bytes[at] ?? 0) ^ (1 << random.below(8))
    return bytes
  },
  (bytes, random) => {
    bytes[random.below(bytes.length)] = random.below(256)
    return bytes
  },
  (bytes, random) => {
    bytes.writeUInt32LE(random.pick(lengths), random.below(bytes.length - 4))
    return bytes
  },
  (bytes, random) => bytes.subarray(0, random.below(bytes.length)),
  (bytes, random) => {
    const at = random.below(bytes.length)
    return Buffer.concat([bytes.subarray(0, at), bytes.subarray(at + 1 + random.below(20))])
  },
  (bytes, random) => {
    const at = random.below(bytes.length)
    const from = random.below(bytes.length)
    return Buffer.concat([bytes.subarray(0, at), bytes.subarray(from, from + random.below(60)), bytes.subarray(at)])
  },
]

function mutated(valid: Buffer, random: Random): Buffer {
  let bytes: Buffer = Buffer.from(valid)
  for (let times = 1 + random.below(3); times > 0 && bytes.length > 8; times--) {
    bytes = Buffer.from(random.pick(mutations)(bytes, random))
  }
  return bytes
}

test(`orderly members do not notice ${streams} mutated streams (seed ${seed})`, { timeout: 120_000 }, async () => {
  const heard: unknown[] = []
  pair.bus.on('error', ({ code }) => heard.push(code))
  await pair.worker.call('subscribe', 'fuzz.>')
  pair.bus.subscribe('fuzz.>', () => undefined)
  const valid = validStream('fuzz')
  const random = new Random(seed)

  const one = async (): Promise<void> => {
    const raw = await joinRaw(pair.usher)
    const bytes = mutated(valid, random)
    const at = random.below(bytes.length + 1)
    raw.socket.write(bytes.subarray(0, at))
    raw.socket.end(bytes.subarray(at))
    await raw.closed
  }
  for (let done = 0; done < streams; done += atATime) {
    await Promise.all(Array.from({ length: atATime }, one))
    if (done % 600 === 0) await pair.expectUnharmed()
  }

  await pair.expectUnharmed()
  await expect.poll(() => pair.broker.members().length).toBe(2)
  expect(new Set(pair.errors.map(({ code }) => code))).toEqual(new Set(['BAD_FRAME']))
  expect(pair.errors.length).toBeGreaterThan(streams / 10)
  for (const { message } of pair.errors) expect(message).not.toMatch(/undefined|NaN|\[object/)
  expect(heard.filter((code) => code !== 'UNDECODABLE' && code !== 'UNKNOWN_CODEC')).toEqual([])
  expect(pair.broker.stats()).toMatchObject({ subscriptions: 4, pendingRequests: 0 })
})
