import { oldestVersion, protocolVersion } from '@clusterbus/protocol'
import { encodePreamble } from '@clusterbus/transport'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { type HealthyPair, healthyPair } from '../support/healthy-pair.ts'
import { joinWorker } from '../support/members.ts'
import { message } from '../support/raw-frames.ts'
import { admission, joinRaw, memberId, RawConnection } from '../support/raw-member.ts'
import { endWorkers } from '../support/workers.ts'

/** What a member of version 99 is told. */
const bothVersions = new RegExp(`version 99 .* versions ${oldestVersion} to ${protocolVersion}\\b`)

let pair: HealthyPair

beforeAll(async () => {
  pair = await healthyPair()
})

afterAll(async () => {
  await pair.close()
  await endWorkers()
})

/** Says `bytes` and a message behind it, and expects to be shut out without an answer. */
async function expectShutOut(path: string, bytes: Buffer): Promise<void> {
  const { published, joined } = pair.broker.stats()
  const raw = new RawConnection(path)
  raw.socket.write(Buffer.concat([bytes, message({ name: 'smuggled' })]))
  await raw.closed
  expect(raw.receivedBytes).toBe(0)
  expect(pair.broker.stats()).toMatchObject({ published, joined })
}

test('a preamble that is none, a wrong ticket and a wrong secret are shut out without a byte', async () => {
  const { path, ticket } = await admission(pair.usher)
  const genuine = encodePreamble(ticket)
  for (let at = 0; at < genuine.length; at++) {
    // Its version and the two bytes behind it have other tests.
    if (at >= 4 && at < 8) continue
    const broken = Buffer.from(genuine)
    broken[at] = (broken[at] ?? 0) ^ 1
    await expectShutOut(path, broken)
  }
  await expectShutOut(path, Buffer.from('GET / HTTP/1.1\r\nHost: localhost\r\n\r\n'))
  await expectShutOut(path, encodePreamble({ number: ticket.number, secret: Buffer.alloc(32) }))
  const raw = new RawConnection(path)
  raw.socket.write(genuine)
  expect(await memberId(raw)).toBeGreaterThan(0)
  raw.socket.destroy()
  await pair.expectUnharmed()
})

test('a ticket admits once', async () => {
  const { path, ticket } = await admission(pair.usher)
  const raw = new RawConnection(path)
  raw.socket.write(encodePreamble(ticket))
  await memberId(raw)
  await expectShutOut(path, encodePreamble(ticket))
  raw.socket.destroy()
  await raw.closed
  await expectShutOut(path, encodePreamble(ticket))
})

test('a preamble that comes byte by byte is understood', async () => {
  const { path, ticket } = await admission(pair.usher)
  const raw = new RawConnection(path)
  for (const byte of encodePreamble(ticket)) {
    await new Promise((resolve) => raw.socket.write(Buffer.of(byte), resolve))
    await new Promise<void>((resolve) => void setImmediate(resolve))
  }
  expect(await memberId(raw)).toBeGreaterThan(0)
  raw.socket.destroy()
})

test('a member of another version is told both versions, on the socket', async () => {
  const { path, ticket } = await admission(pair.usher)
  const raw = new RawConnection(path)
  raw.socket.write(encodePreamble(ticket, 99))
  const { code, message: text } = await raw.farewell()
  expect(code).toBe('VERSION_MISMATCH')
  expect(text).toMatch(bothVersions)
  await pair.expectUnharmed()
})

test('a hello of another version is told both versions, over IPC', async () => {
  const answer = await pair.usher.call('hello', { version: 99 })
  expect(answer).toMatchObject({ type: 'refused', code: 'VERSION_MISMATCH' })
  expect(answer.message).toMatch(bothVersions)
  expect(answer.secret).toBeUndefined()
})

test.each([
  ['a key that is too long', { key: 'k'.repeat(256) }],
  ['an empty key', { key: '' }],
  ['a key that is no text', { key: 7 }],
  ['a name that is no text', { name: 7 }],
  ['a name that is too long', { name: 'n'.repeat(256) }],
  ['no version', { version: null }],
  ['a version that is text', { version: '1' }],
])('a hello with %s is refused', async (_, fields) => {
  const answer = await pair.usher.call('hello', fields)
  expect(answer).toMatchObject({ type: 'refused' })
  expect(answer.secret).toBeUndefined()
})

test('whoever says nothing, or half, is shut out after about a second', async () => {
  const { path, ticket } = await admission(pair.usher)
  const begun = performance.now()
  const silent = new RawConnection(path)
  const slow = new RawConnection(path)
  slow.socket.write(encodePreamble(ticket).subarray(0, 43))
  await Promise.all([silent.closed, slow.closed])
  expect(performance.now() - begun).toBeGreaterThan(900)
  expect(performance.now() - begun).toBeLessThan(5_000)
  expect(silent.receivedBytes + slow.receivedBytes).toBe(0)
})

test('a crowd that says nothing is not let grow, and keeps members out no longer than it may wait', async () => {
  const { path } = await admission(pair.usher)
  const open = new Set<RawConnection>()
  const begun = performance.now()
  const crowd = Array.from({ length: 200 }, () => new RawConnection(path))
  const turnedAway = new Promise<void>((resolve) => {
    for (const raw of crowd) {
      open.add(raw)
      void raw.closed.then(() => {
        open.delete(raw)
        if (open.size <= 128) resolve()
      })
    }
  })
  await turnedAway
  // Before anybody's time was over.
  expect(performance.now() - begun).toBeLessThan(1_000)
  expect(open.size).toBe(128)
  await pair.expectUnharmed()
  const late = await joinWorker()
  await late.call('publish', 'healthy.late')
  await Promise.all(crowd.map(({ closed }) => closed))
  expect(crowd.every(({ receivedBytes }) => receivedBytes === 0)).toBe(true)
  await pair.expectUnharmed()
})

test('a broker that closes shuts everyone out, also those who wait', async () => {
  const waiting = new RawConnection((await admission(pair.usher)).path)
  const raw = await joinRaw(pair.usher)
  await memberId(raw)
  const { path, ticket } = await admission(pair.usher)
  await pair.close()
  expect((await raw.farewell()).code).toBe('CLOSED')
  await waiting.closed
  const late = new RawConnection(path)
  late.socket.write(encodePreamble(ticket))
  await late.closed
  expect(late.receivedBytes).toBe(0)
})
