import { mkdtempSync, rmSync } from 'node:fs'
import { createServer, connect } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { EventEmitter } from 'node:events'
import type { Link } from '@clusterbus/protocol'
import { linkConformance, type LinkHost, RecordingReceiver, runLinkCase } from '@clusterbus/testkit'
import { afterEach, describe, expect, test } from 'vitest'
import { ipcLink, memoryLinkPair, type IpcChannel } from '../src/index.ts'
import { socketLink } from '../src/socket/socket-link.ts'

/** What is undone after each test, the last first. */
const undo: (() => void)[] = []
afterEach(() => {
  for (const step of undo.splice(0).reverse()) step()
})

const settle = async (): Promise<void> => {
  for (let turn = 0; turn < 20; turn++) await new Promise(setImmediate)
}
const ownLink = { holdsBytesUntilOpen: true, settle }
const onChannel = { holdsBytesUntilOpen: false, settle }
const kinds: Record<string, LinkHost> = {
  memory: { pair: memoryLinkPair, ...ownLink },
  socket: { pair: socketPair, ...ownLink },
  'IPC that carries text': { pair: () => ipcPair(false), ...onChannel },
  'IPC that carries bytes': { pair: () => ipcPair(true), ...onChannel },
}

describe.each(Object.entries(kinds))('a link over %s', (_, host) => {
  for (const [concept, cases] of Object.entries(linkConformance)) {
    describe(concept, () => {
      test.each(cases)('$name', (linkCase) => runLinkCase(linkCase, host))
    })
  }
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
