import { FrameKind } from '@clusterbus/protocol'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { type HealthyPair, healthyPair } from './support/healthy-pair.ts'
import { numbersTo } from './support/members.ts'
import { message, numberFrame } from './support/raw-frames.ts'
import { joinRaw, memberId } from './support/raw-member.ts'
import { endWorkers } from './support/workers.ts'

let pair: HealthyPair

beforeAll(async () => {
  pair = await healthyPair()
})

afterAll(async () => {
  await pair.close()
  await endWorkers()
})

/** The broker reads a full socket in several pieces, and writes in between, to somebody who is not there any more. */
test('what a member wrote before it went is read to the end, though its answers cannot be written', async () => {
  const heard: unknown[] = []
  pair.bus.subscribe('last', (data) => heard.push(data))
  const left = pair.bus.once('$sys.member.left')
  await pair.bus.flush()
  const raw = await joinRaw(pair.usher)
  await memberId(raw)

  const said = numbersTo(1_000).flatMap((number) => [
    message({ name: 'last', payload: Buffer.from(`"${String(number).padStart(100, '.')}"`) }),
    numberFrame(FrameKind.PING, number),
  ])
  raw.socket.write(Buffer.concat(said))
  // The system has all of it, and nobody has read any.
  expect(raw.socket.writableLength).toBe(0)
  raw.socket.destroy()

  expect((await left).data).toMatchObject({ name: 'raw' })
  await pair.bus.flush()
  expect(heard).toEqual(numbersTo(1_000).map((number) => String(number).padStart(100, '.')))
  await pair.expectUnharmed()
})
