import { connect as connectTo, createServer, type Socket } from 'node:net'
import { once } from 'node:events'
import { join } from 'node:path'
import { privateDirectory } from '../servers/private-directory.ts'
import type { Peer, PeerConnection } from './peer.ts'
import { isSample } from '../workload.ts'
import { RecordReader, RecordWriter } from './raw-records.ts'

/**
 * The floor, not a rival: what it costs to bring bytes from one worker through the primary to all others. Nothing is encoded
 * but the few numbers that the tally wants to see, the rest of a message is zeros, and the primary does not look at what it
 * relays. So there can be one publisher at a time, or two who talk with each other: the bytes of others would mix within a
 * message.
 */
export const rawRelay: Peer = { host: relay, connect }

const pathVariable = 'CLUSTERBUS_BENCH_RELAY'
const readBytes = 64 * 1024
/** So much may wait for a socket before its source is paused. With Node's 16 KiB each chunk would pause it. */
const highWaterMark = 1024 * 1024
/** What the primary tells a worker first: from now on it gets what others publish. */
const welcomeTopic = 'bench.welcome'

function relay(): void {
  const path = join(privateDirectory().path, 'relay.sock')
  process.env[pathVariable] = path
  const sockets = new Set<Socket>()
  createServer({ highWaterMark }, (source) => {
    sockets.add(source)
    relayFrom(source, sockets)
    source.on('close', () => void sockets.delete(source))
    // A worker that has gone leaves what was written to it.
    source.on('error', () => undefined)
    new RecordWriter((bytes) => source.write(bytes)).add(welcomeTopic, undefined)
  }).listen(path)
}

function relayFrom(source: Socket, sockets: ReadonlySet<Socket>): void {
  let full = 0
  source.on('data', (chunk) => {
    for (const sink of sockets) {
      if (sink === source || sink.write(chunk)) continue
      full += 1
      source.pause()
      sink.once('drain', () => {
        full -= 1
        if (full === 0) source.resume()
      })
    }
  })
}

async function connect(): Promise<PeerConnection> {
  const reader = new RecordReader()
  const welcomed = new Promise<unknown>((resolve) => reader.on(welcomeTopic, resolve))
  const onread = {
    buffer: Buffer.allocUnsafe(readBytes),
    callback: (length: number, buffer: Uint8Array) => {
      reader.take(Buffer.from(buffer.buffer, buffer.byteOffset, length))
      return true
    },
  }
  const socket = connectTo({ path: process.env[pathVariable] ?? '', onread })
  const writer = new RecordWriter((bytes) => socket.write(bytes))
  await welcomed
  const waiting = new Map<number, (data: unknown) => void>()
  const answered = (data: unknown): void => {
    if (isSample(data)) waiting.get(data.n)?.(data)
  }
  return {
    publish(topic, data) {
      writer.add(topic, data)
      return !socket.writableNeedDrain
    },
    async flush() {
      if (socket.writableNeedDrain) await once(socket, 'drain')
    },
    async subscribe(topic, handler) {
      reader.on(topic, handler)
    },
    request: (topic, data) => {
      if (!isSample(data)) throw new TypeError('only samples are relayed')
      reader.on(`answer.${topic}`, answered)
      return new Promise((resolve) => {
        waiting.set(data.n, resolve)
        writer.add(`ask.${topic}`, data)
      })
    },
    async respond(topic, handler) {
      reader.on(`ask.${topic}`, (data) => writer.add(`answer.${topic}`, handler(data)))
    },
  }
}
