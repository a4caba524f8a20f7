import { spokenVersions } from '@clusterbus/protocol'
import { randomBytes } from 'node:crypto'
import { chmodSync, readdirSync, rmSync, symlinkSync, unlinkSync, writeFileSync, readFileSync } from 'node:fs'
import { connect, createServer, type Socket } from 'node:net'
import { join } from 'node:path'
import { RecordingReceiver } from '@clusterbus/testkit'
import { afterEach, describe, expect, test } from 'vitest'
import { type Connected, dialPath, knock, type NotConnected, type Place } from '../../src/index.ts'
import type { Introduction } from '../../src/serving.ts'
import * as handshake from '../../src/socket/path/handshake.ts'
import { readIntroduction, writeIntroduction } from '../../src/socket/path/introduction.ts'
import { afterwards, killed, mustHold, newFolder, newPlace, undoAll } from './support.ts'

afterEach(undoAll)

const dial = (place: Place): Promise<Connected | NotConnected> =>
  new Promise((resolve) => dialPath(place, { name: 'me', bus: 'bus-1' }, resolve))
const found = async (place: Place): Promise<string> => (await dial(place)).found

describe('a bus and a broker that can both read the token', () => {
  test('are connected, and the broker knows what the bus says of itself', async () => {
    const place = newPlace()
    let admit: (who: Introduction) => void = () => undefined
    const admitted = new Promise<Introduction>((resolve) => (admit = resolve))
    await mustHold(place, { events: { admitted: (link, who) => (link.destroy(), admit(who)) } })
    const result = await dial(place)
    expect(result.found).toBe('broker')
    expect(await admitted).toEqual({ ...spokenVersions, name: 'me', bus: 'bus-1', pid: process.pid })
    if (result.found === 'broker') result.link.destroy()
  })

  test('lose no byte that follows at once', async () => {
    const place = newPlace()
    const receiver = new RecordingReceiver()
    await mustHold(place, { events: { admitted: (link) => link.open(receiver) } })
    const result = await dial(place)
    if (result.found !== 'broker') throw new Error(result.description)
    result.link.open(new RecordingReceiver())
    result.link.write([Buffer.from('frames')])
    result.link.end()
    await receiver.whenClosed
    expect(receiver.text).toBe('frames')
  })
})

describe('a broker', () => {
  const secretOf = (place: Place): Buffer => {
    const [name = ''] = readdirSync(place.claims).filter((each) => each.endsWith('.token'))
    return Buffer.from(JSON.parse(readFileSync(join(place.claims, name), 'utf8')).secret, 'hex')
  }
  const goodHead = (challenge: handshake.Challenge): Buffer => {
    const introduction = writeIntroduction('me', 'bus-1')
    return handshake.encodeIntroduction(handshake.prove('member', challenge, introduction), introduction)
  }

  test.each<[string, (challenge: handshake.Challenge) => Buffer]>([
    ['does not know the secret', (known) => goodHead({ ...known, secret: randomBytes(32) })],
    [
      'repeats the proof of the broker',
      (known) => {
        const introduction = writeIntroduction('me', 'bus-1')
        return handshake.encodeIntroduction(handshake.prove('broker', known, Buffer.alloc(0)), introduction)
      },
    ],
    ['proves another conversation', (known) => goodHead({ ...known, brokerNonce: randomBytes(32) })],
    [
      'changes its introduction',
      (known) => {
        const bytes = goodHead(known)
        bytes[bytes.length - 3] = Number(bytes[bytes.length - 3]) ^ 1
        return bytes
      },
    ],
    [
      'announces more than an introduction',
      () => {
        const bytes = Buffer.alloc(handshake.headBytes)
        bytes.writeUInt32LE(0xffff_ffff, handshake.proofBytes)
        return bytes
      },
    ],
    ['announces nothing', () => Buffer.alloc(handshake.headBytes)],
  ])('closes without a word when somebody %s', async (_, reply) => {
    const place = newPlace()
    let admitted = 0
    const { gate } = await mustHold(place, { events: { admitted: () => (admitted += 1) } })
    const socket = connect(place.path)
    const memberNonce = randomBytes(32)
    socket.write(handshake.encodeHello(memberNonce))
    const answer = handshake.decodeGreeting(await bytesOf(socket, handshake.answerBytes))
    if (answer === undefined) throw new Error('no answer')
    const challenge = { secret: secretOf(place), memberNonce, brokerNonce: answer.nonce }
    expect(handshake.isProven(answer.proof, 'broker', challenge, Buffer.alloc(0))).toBe(true)
    socket.write(reply(challenge))
    expect(await rest(socket)).toEqual('')
    expect([admitted, gate.waiting]).toEqual([0, 0])
  })

  test('answers nothing to somebody who does not begin as a member does', async () => {
    const place = newPlace()
    await mustHold(place)
    for (const bytes of ['GET / HTTP/1.1\r\nHost: somebody\r\nAccept: */*\r\n\r\n', '\0'.repeat(100)]) {
      const socket = connect(place.path)
      socket.end(bytes)
      expect(await rest(socket)).toBe('')
    }
  })

  test('tells a member of another version, which has proven itself, of both', async () => {
    const place = newPlace()
    await mustHold(place)
    const told = await introduce(place, secretOf(place), {
      version: 98,
      newest: 99,
      bus: 'b',
      pid: 1,
      of: 'the future',
    })
    expect(told).toContain('VERSION_MISMATCH')
    expect(told).toContain('versions 98 to 99 of the protocol and the broker versions 1 to 2')
  })

  test('says what is wrong with an introduction', async () => {
    const place = newPlace()
    await mustHold(place)
    expect(await introduce(place, secretOf(place), { ...spokenVersions, pid: 1 })).toContain('has the bus undefined')
  })

  test('closes whoever has proven nothing for a second, and lets in no more than 128 of them', async () => {
    const place = newPlace()
    const { gate } = await mustHold(place)
    const idle = Array.from({ length: 130 }, () =>
      connect(place.path)
        .on('error', () => undefined)
        .resume(),
    )
    const ends = idle.map((socket) => new Promise((resolve) => socket.on('close', resolve)))
    await Promise.race(ends)
    expect(gate.waiting).toBeLessThanOrEqual(128)
    await Promise.all(ends)
    await expect.poll(() => gate.waiting).toBe(0)
  })
})

describe('a bus finds', () => {
  test('nobody where nobody is, and where a killed broker was', async () => {
    const place = newPlace()
    expect(await found(place)).toBe('absent')
    const held = await mustHold(place)
    killed(held)
    expect(await dial(place)).toMatchObject({ found: 'absent', description: expect.stringMatching(/has left/) })
    unlinkSync(place.path)
    expect(await found(place)).toBe('absent')
    rmSync(place.claims, { recursive: true })
    expect(await found(place)).toBe('absent')
  })

  test('a stranger who listens there, and tells him nothing but a random number', async () => {
    const place = newPlace()
    const held = await mustHold(place)
    held.gate.close()
    unlinkSync(place.path)
    let heard = 0
    const server = createServer((socket) => {
      socket.on('error', () => undefined)
      socket.on('data', (bytes) => (heard += bytes.length))
      socket.write(handshake.encodeAnswer(randomBytes(32), randomBytes(32)))
    })
    afterwards(() => new Promise((resolve) => server.close(resolve)))
    await new Promise<void>((resolve) => server.listen(place.path, resolve))
    chmodSync(place.path, 0o600)
    expect(await found(place)).toBe('elsewhere')
    expect(heard).toBeLessThanOrEqual(handshake.helloBytes)
  })

  test('one that knows its own proof only, and believes it nothing', async () => {
    const place = newPlace()
    const held = await mustHold(place)
    held.gate.close()
    unlinkSync(place.path)
    const server = createServer((socket) => {
      socket.on('error', () => undefined)
      // What came is sent back, which would do if both sides proved the same.
      socket.once('data', (bytes) => socket.write(Buffer.concat([bytes, randomBytes(32)])))
    })
    afterwards(() => new Promise((resolve) => server.close(resolve)))
    await new Promise<void>((resolve) => server.listen(place.path, resolve))
    chmodSync(place.path, 0o600)
    expect(await found(place)).toBe('elsewhere')
  })

  test.each<[string, (place: Place) => void]>([
    [
      'the socket is a link',
      (place) => {
        unlinkSync(place.path)
        symlinkSync(join(place.claims, readdirSync(place.claims)[0] ?? ''), place.path)
      },
    ],
    ['the socket is open to others', (place) => chmodSync(place.path, 0o666)],
    ['the claims are open to others', (place) => chmodSync(place.claims, 0o755)],
    [
      'the token is open to others',
      (place) => {
        for (const name of readdirSync(place.claims))
          if (name.endsWith('.token')) chmodSync(join(place.claims, name), 0o644)
      },
    ],
  ])('what it must not trust when %s', async (_, spoil) => {
    const place = newPlace()
    await mustHold(place)
    spoil(place)
    expect(await dial(place)).toMatchObject({ found: 'forbidden', cause: { code: 'NOT_ALLOWED' } })
  })

  test('no broker behind a token that is a link, half a token, or none', async () => {
    const place = newPlace()
    await mustHold(place)
    const [name = ''] = readdirSync(place.claims).filter((each) => each.endsWith('.token'))
    const file = join(place.claims, name)
    const whole = readFileSync(file, 'utf8')
    for (let length = 0; length < whole.length; length += 7) {
      writeFileSync(file, whole.slice(0, length))
      expect(await found(place)).toBe('absent')
    }
    for (const text of [
      'null',
      '[]',
      '{"__proto__":{}}',
      whole.replace(/"secret":"/, '"secret":"z'),
      ' '.repeat(5_000),
    ]) {
      writeFileSync(file, text)
      expect(await found(place)).toBe('absent')
    }
    const elsewhere = join(newFolder(), 'token')
    writeFileSync(elsewhere, whole, { mode: 0o600 })
    unlinkSync(file)
    symlinkSync(elsewhere, file)
    expect(await found(place)).toBe('forbidden')
  })

  test('out whether the broker answers, without joining', async () => {
    const place = newPlace()
    let admitted = 0
    const { gate } = await mustHold(place, { events: { admitted: () => (admitted += 1) } })
    expect(await new Promise((resolve) => knock(place, resolve))).toMatchObject({
      found: 'broker',
      holder: { token: { pid: process.pid } },
    })
    gate.close()
    expect(await new Promise((resolve) => knock(place, resolve))).toMatchObject({ found: 'absent' })
    expect(admitted).toBe(0)
  })
})

describe('an introduction', () => {
  test('is read as it was written', () => {
    const bytes = writeIntroduction('näme', 'b')
    expect(readIntroduction(bytes)).toEqual({ ...spokenVersions, name: 'näme', bus: 'b', pid: process.pid })
  })

  test.each([
    '',
    'null',
    '[]',
    '"x"',
    '{}',
    '{"version":1}',
    '{"version":"1","bus":"b","pid":1}',
    '{"version":1,"newest":1,"bus":"","pid":1}',
    '{"version":1,"newest":1,"bus":"b","pid":-1}',
    '{"version":1,"newest":1,"bus":"b","pid":1,"name":""}',
    `{"version":1,"newest":1,"bus":"b","pid":1,"name":"${'x'.repeat(256)}"}`,
    '{"version":1,"newest":1,"bus":{"__proto__":1},"pid":1}',
  ])('that is %s is refused', (text) => {
    expect(typeof readIntroduction(Buffer.from(text))).toBe('string')
  })
})

function bytesOf(socket: Socket, count: number): Promise<Buffer> {
  return new Promise((resolve) => {
    let bytes = Buffer.alloc(0)
    const onData = (chunk: Buffer): void => {
      bytes = Buffer.concat([bytes, chunk])
      if (bytes.length < count) return
      socket.off('data', onData)
      resolve(bytes)
    }
    socket.on('data', onData)
  })
}

/** All that comes until the other side closes. */
function rest(socket: Socket): Promise<string> {
  return new Promise((resolve) => {
    let text = ''
    socket.on('data', (chunk) => (text += chunk.toString()))
    socket.on('error', () => undefined)
    socket.on('close', () => resolve(text))
    socket.resume()
  })
}

async function introduce(place: Place, secret: Buffer, introduction: object): Promise<string> {
  const socket = connect(place.path)
  const memberNonce = randomBytes(32)
  socket.write(handshake.encodeHello(memberNonce))
  const answer = handshake.decodeGreeting(await bytesOf(socket, handshake.answerBytes))
  const challenge = { secret, memberNonce, brokerNonce: answer?.nonce ?? memberNonce }
  const bytes = Buffer.from(JSON.stringify(introduction))
  socket.write(handshake.encodeIntroduction(handshake.prove('member', challenge, bytes), bytes))
  return rest(socket)
}
