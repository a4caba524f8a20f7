import { mkdtempSync, rmSync } from 'node:fs'
import { createServer, connect } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { EventEmitter } from 'node:events'
import type { Link } from '@clusterbus/protocol'
import { afterEach, describe, expect, test } from 'vitest'
import { ipcLink, memoryLinkPair, type IpcChannel } from '../src/index.ts'
import { socketLink } from '../src/socket/socket-link.ts'
import { RecordingReceiver } from './support/recording-receiver.ts'

/** What is undone after each test, the last first. */
const undo: (() => void)[] = []
afterEach(() => {
  for (const step of undo.splice(0).reverse()) step()
})

const kinds: Record<string, () => Promise<[Link, Link]>> = {
  memory: () => Promise.resolve(memoryLinkPair()),
  socket: socketPair,
  'IPC that carries text': () => Promise.resolve(ipcPair(false)),
  'IPC that carries bytes': () => Promise.resolve(ipcPair(true)),
}

describe.each(Object.entries(kinds))('a link over %s', (_, pair) => {
  async function open(): Promise<{ left: Link; right: Link; atLeft: RecordingReceiver; atRight: RecordingReceiver }> {
    const [left, right] = await pair()
    const atLeft = new RecordingReceiver()
    const atRight = new RecordingReceiver()
    left.open(atLeft)
    right.open(atRight)
    undo.push(() => left.destroy())
    return { left, right, atLeft, atRight }
  }

  test('brings bytes in order, both ways', async () => {
    const { left, right, atLeft, atRight } = await open()
    left.write([Buffer.from('one,'), Buffer.from('two,')])
    left.write([Buffer.from('three')])
    right.write([Buffer.from('back')])
    await atRight.bytes(13)
    await atLeft.bytes(4)
    expect(atRight.text).toBe('one,two,three')
    expect(atLeft.text).toBe('back')
  })

  test('never calls its receiver from within a call', async () => {
    const { left, atLeft, atRight } = await open()
    left.write([Buffer.from('x')])
    left.destroy()
    expect(atLeft.closed).toBe(false)
    expect(atRight.chunks).toEqual([])
    await atLeft.whenClosed
  })

  test('says no when it holds enough, drops nothing, and says when there is room', async () => {
    const { left, right, atLeft, atRight } = await open()
    right.pause()
    const megabyte = Buffer.alloc(1024 * 1024, 'm')
    let written = 0
    while (written < 64 && left.write([megabyte])) written += 1
    expect(written).toBeLessThan(64)
    const drained = atLeft.nextDrain()
    right.resume()
    await drained
    await atRight.bytes((written + 1) * megabyte.length)
    expect(left.bufferedBytes).toBe(0)
  })

  test('brings a large piece in order through a receiver that pauses', async () => {
    const { left, right, atRight } = await open()
    right.pause()
    left.write([Buffer.alloc(5 * 1024 * 1024, 'x'), Buffer.from('end')])
    for (let turn = 0; turn < 20; turn++) await new Promise(setImmediate)
    right.resume()
    await atRight.bytes(5 * 1024 * 1024 + 3)
    expect(atRight.text.endsWith('xend')).toBe(true)
    expect(atRight.closed).toBe(false)
  })

  test('brings nothing while it is paused', async () => {
    const { left, right, atRight } = await open()
    left.write([Buffer.from('before')])
    await atRight.bytes(6)
    right.pause()
    left.write([Buffer.from(' after')])
    for (let turn = 0; turn < 20; turn++) await new Promise(setImmediate)
    expect(atRight.text).toBe('before')
    right.resume()
    await atRight.bytes(12)
    expect(atRight.text).toBe('before after')
  })

  test('sends what it was given before it ends, and closes at both sides', async () => {
    const { left, atLeft, atRight } = await open()
    const large = Buffer.alloc(3 * 1024 * 1024, 'l')
    left.write([large])
    left.end()
    await Promise.all([atLeft.whenClosed, atRight.whenClosed])
    expect(atRight.received).toBe(large.length)
  })

  test('brings what came in before the end also when it was paused then', async () => {
    const { left, right, atRight } = await open()
    right.pause()
    left.write([Buffer.from('last words')])
    left.end()
    for (let turn = 0; turn < 20; turn++) await new Promise(setImmediate)
    expect(atRight.closed).toBe(false)
    right.resume()
    await atRight.whenClosed
    expect(atRight.text).toBe('last words')
  })

  test('takes a write, an end and a destroy after it was closed', async () => {
    const { left, atLeft, atRight } = await open()
    left.destroy()
    left.destroy()
    await Promise.all([atLeft.whenClosed, atRight.whenClosed])
    expect(left.write([Buffer.from('late')])).toBe(false)
    left.end()
    left.destroy()
    expect(atLeft.closings).toBe(1)
  })
})

describe('a socket whose other end has said its last words and gone', () => {
  test.each([
    ['while it is paused', 1_000, (link: Link) => link.pause(), (link: Link) => link.resume()],
    ['while it is paused, with large pieces', 20_000, (link: Link) => link.pause(), (link: Link) => link.resume()],
    ['while it flows', 20_000, () => undefined, () => undefined],
  ])('is read to the end, once and in order, though a write to it fails: %s', async (_, bytes, before, after) => {
    const [left, right] = await socketPair()
    const atRight = new RecordingReceiver()
    left.open(new RecordingReceiver())
    right.open(atRight)
    before(right)
    const words = Array.from({ length: 8 }, (_word, index) => Buffer.alloc(bytes, String(index)))
    left.write([Buffer.from('first')])
    // Some of it stands in the stream, some in the system.
    for (let turn = 0; turn < 5; turn++) await new Promise(setImmediate)
    left.write(words)
    left.destroy()
    right.write([Buffer.from('answer')])
    right.write([Buffer.from('that nobody takes')])
    after(right)
    await atRight.whenClosed
    expect(atRight.received).toBe(5 + 8 * bytes)
    expect(atRight.text).toBe(`first${words.join('')}`)
  })
})

test('a link over IPC closes when the channel does', async () => {
  const [left, right] = ipcEnds()
  const link = ipcLink(left, 'key', false)
  const receiver = new RecordingReceiver()
  link.open(receiver)
  left.disconnect()
  await receiver.whenClosed
  expect(right.connected).toBe(false)
  expect(left.eventNames()).toEqual([])
})

test('a link over IPC closes on what is no bytes', async () => {
  const [left, right] = ipcEnds()
  const receiver = new RecordingReceiver()
  ipcLink(left, 'key', false).open(receiver)
  right.send({ cmd: 'NODE_CLUSTERBUS', type: 'data', key: 'key', data: { 0: 1 } }, () => undefined)
  await receiver.whenClosed
  expect(receiver.cause?.message).toBe('a batch that is no bytes')
})

test('many links share a channel with one listener of each kind', () => {
  const [channel] = ipcEnds()
  const links = Array.from({ length: 20 }, (_, index) => ipcLink(channel, String(index), false))
  for (const link of links) link.open(new RecordingReceiver())
  expect(channel.listenerCount('internalMessage')).toBe(1)
  expect(channel.listenerCount('disconnect')).toBe(1)
  for (const link of links) link.destroy()
  expect(channel.eventNames()).toEqual([])
})

async function socketPair(): Promise<[Link, Link]> {
  const folder = mkdtempSync(join(tmpdir(), 'links-'))
  undo.push(() => rmSync(folder, { recursive: true }))
  const path = join(folder, 's')
  const server = createServer({ pauseOnConnect: true })
  undo.push(() => server.close())
  await new Promise<void>((resolve) => server.listen(path, resolve))
  const accepted = new Promise<Link>((resolve) => server.once('connection', (socket) => resolve(socketLink(socket))))
  const client = connect(path)
  await new Promise((resolve) => client.once('connect', resolve))
  return [socketLink(client), await accepted]
}

function ipcPair(binary: boolean): [Link, Link] {
  const [left, right] = ipcEnds()
  return [ipcLink(left, 'key', binary), ipcLink(right, 'key', binary)]
}

/** The two ends of an IPC channel that carries JSON or clones, without a process: real channels have tests of their own. */
class ChannelEnd extends EventEmitter implements IpcChannel {
  connected = true
  peer: ChannelEnd = this

  send(message: unknown, callback: (error: Error | null) => void): boolean {
    const copy: unknown = structuredClone(message)
    setImmediate(() => {
      if (!this.peer.connected) return callback(new Error('closed'))
      this.peer.emit('internalMessage', copy)
      callback(null)
    })
    return true
  }

  disconnect(): void {
    for (const end of [this, this.peer]) {
      end.connected = false
      end.emit('disconnect')
    }
  }
}

function ipcEnds(): [ChannelEnd, ChannelEnd] {
  const left = new ChannelEnd()
  const right = new ChannelEnd()
  left.peer = right
  right.peer = left
  return [left, right]
}
