import {
  existsSync,
  linkSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  rmSync,
  statSync,
  utimesSync,
  writeFileSync,
} from 'node:fs'
import { createServer, type Server } from 'node:net'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { makePrivateSocketPath, removeStaleDirectories, TicketOffice } from '../src/serving.ts'
import { decodePreamble, encodePreamble } from '../src/socket/preamble.ts'
import { assertSocketPath, socketPathBytesMax } from '../src/socket/private-directory.ts'

let folder: string
beforeEach(() => (folder = mkdtempSync(join(tmpdir(), 'private-'))))
afterEach(() => rmSync(folder, { recursive: true }))

describe('a private socket path', () => {
  test('stands in a directory that only this user can enter, and goes with it', () => {
    const before = process.umask(0)
    const place = makePrivateSocketPath(folder)
    process.umask(before)
    const directory = dirname(place.path)
    expect(statSync(directory).mode & 0o777).toBe(0o700)
    place.remove()
    place.remove()
    expect(existsSync(directory)).toBe(false)
  })

  test('leaves what somebody else has put there', () => {
    const place = makePrivateSocketPath(folder)
    const stranger = join(dirname(place.path), 'stranger')
    writeFileSync(stranger, '')
    place.remove()
    expect(existsSync(stranger)).toBe(true)
  })

  test('is refused when the system would cut it short', () => {
    expect(() => assertSocketPath('x'.repeat(socketPathBytesMax))).not.toThrow()
    expect(() => assertSocketPath('ä'.repeat(socketPathBytesMax / 2 + 1))).toThrow(/bytes, over the system's limit/)
    const deep = join(folder, 'd'.repeat(80))
    mkdirSync(deep)
    expect(() => makePrivateSocketPath(deep)).toThrow(expect.objectContaining({ code: 'NOT_ALLOWED' }))
  })

  test('is refused where nothing can be made', () => {
    expect(() => makePrivateSocketPath(join(folder, 'missing'))).toThrow(/set TMPDIR to a folder that is writable/)
  })
})

describe('what killed brokers have left', () => {
  test('is removed when it is old and nobody listens there any more', async () => {
    const own = makePrivateSocketPath(folder)
    const [dead, young, alive, empty] = [1, 2, 3, 4].map(() => makePrivateSocketPath(folder).path)
    for (const path of [dead, young]) await leaveSocketBehind(String(path))
    const server = await listen(String(alive))
    const other = join(folder, 'somebody-else')
    mkdirSync(other)
    for (const path of [dead, alive, empty, join(other, 's')]) age(dirname(String(path)))

    await removeStaleDirectories(own.path)

    const left = [own.path, dead, young, alive, empty].map((path) => existsSync(dirname(String(path))))
    expect(left).toEqual([true, false, true, true, true])
    expect(existsSync(other)).toBe(true)
    await new Promise((resolve) => server.close(resolve))
  })

  test('is removed in time where more than are looked at in one go stand before it', async () => {
    const own = makePrivateSocketPath(folder)
    for (let count = 0; count < 79; count += 1) makePrivateSocketPath(folder)
    const others = readdirSync(folder).filter((name) => join(folder, name) !== dirname(own.path))
    const dead = join(folder, String(others.at(75)))
    await leaveSocketBehind(join(dead, 's'))
    age(dead)
    await removeStaleDirectories(own.path, () => 0)
    expect(readdirSync(folder)).toHaveLength(80)
    await removeStaleDirectories(own.path, () => 0.5)
    expect(existsSync(dead)).toBe(false)
    expect(readdirSync(folder)).toHaveLength(79)
  })

  test('does not matter when its folder cannot be read', async () => {
    await removeStaleDirectories(join(folder, 'missing', 'directory', 's'))
  })
})

describe('a ticket', () => {
  test('admits its holder once', () => {
    const office = new TicketOffice<string>()
    const ticket = office.issue('worker 1', {})
    expect(office.redeem(ticket)).toBe('worker 1')
    expect(office.redeem(ticket)).toBeUndefined()
  })

  test('with a wrong secret or number admits nobody, and stays good', () => {
    const office = new TicketOffice<string>()
    const ticket = office.issue('worker 1', {})
    const secret = Buffer.from(ticket.secret)
    secret[31] = Number(secret[31]) ^ 1
    expect(office.redeem({ number: ticket.number, secret })).toBeUndefined()
    expect(office.redeem({ number: ticket.number + 1, secret: ticket.secret })).toBeUndefined()
    expect(office.redeem(ticket)).toBe('worker 1')
  })

  test('is void when it is withdrawn, or when its channel has asked for too many more', () => {
    const office = new TicketOffice<number>()
    const [channel, other] = [{}, {}]
    const tickets = Array.from({ length: 17 }, (_, index) => office.issue(index, channel))
    const elsewhere = office.issue(100, other)
    expect(tickets.slice(0, 2).map((ticket) => office.redeem(ticket))).toEqual([undefined, 1])
    office.withdraw(channel)
    expect(tickets.map((ticket) => office.redeem(ticket))).toEqual(tickets.map(() => undefined))
    expect(office.redeem(elsewhere)).toBe(100)
  })

  test('travels in a preamble that is nothing else', () => {
    const ticket = new TicketOffice<string>().issue('x', {})
    const bytes = encodePreamble(ticket, 7)
    expect(decodePreamble(bytes)).toEqual({ version: 7, ticket })
    for (let length = 0; length < bytes.length; length++) {
      expect(decodePreamble(bytes.subarray(0, length))).toBeUndefined()
    }
    bytes[0] = 0
    expect(decodePreamble(bytes)).toBeUndefined()
  })
})

/** A directory's age is told by its time stamps. */
function age(directory: string): void {
  const longAgo = statSync(directory).mtimeMs / 1_000 - 3_600
  utimesSync(directory, longAgo, longAgo)
}

function listen(path: string): Promise<Server> {
  const server = createServer((socket) => socket.on('error', () => undefined).resume())
  return new Promise((resolve) => server.listen(path, () => resolve(server)))
}

/** A socket file as it stays behind when its process is killed: linked elsewhere, it outlives its server. */
async function leaveSocketBehind(path: string): Promise<void> {
  const server = await listen(`${path}-`)
  linkSync(`${path}-`, path)
  await new Promise((resolve) => server.close(resolve))
}
