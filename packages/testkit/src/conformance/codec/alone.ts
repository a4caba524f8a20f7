import assert from 'node:assert/strict'
import type { CodecCase } from '../codec-case.ts'
import { jsonData } from '../tools/json-data.ts'
import { decode, encode, inChunk } from '../tools/payload.ts'

const samples = Object.values(jsonData)

export const alone: readonly CodecCase[] = [
  {
    name: 'any message is decoded by a codec that has met none before',
    run(host) {
      const codec = host.codec()
      const messages = samples.map((data) => inChunk(encode(codec, data)))
      for (const [index, message] of [...messages.entries()].reverse()) {
        assert.deepEqual(decode(host.codec(), message), samples[index])
      }
    },
  },
  {
    name: 'the same data has the same bytes, whatever came in between',
    run(host) {
      const codec = host.codec()
      const first = samples.map((data) => encode(codec, data))
      const second = samples.map((data) => encode(codec, data))
      assert.deepEqual(second, first)
    },
  },
  {
    name: 'what could not be encoded leaves no trace',
    run(host) {
      const codec = host.codec()
      const expected = encode(codec, { a: [1, 'b'] })
      for (const data of Object.values(host.unencodable)) {
        assert.throws(() => codec.encode(data))
        assert.deepEqual(encode(codec, { a: [1, 'b'] }), expected)
        assert.deepEqual(decode(codec, inChunk(expected)), { a: [1, 'b'] })
      }
    },
  },
  {
    name: 'what could not be decoded leaves no trace',
    run(host) {
      const codec = host.codec()
      const good = encode(codec, { a: [1, 'b'] })
      for (let length = 1; length < good.length; length += 1) {
        try {
          decode(codec, inChunk(good.subarray(0, length)))
        } catch {
          // Some of it may be a message of its own.
        }
        assert.deepEqual(decode(codec, inChunk(good)), { a: [1, 'b'] })
      }
    },
  },
  {
    name: 'a getter that encodes does not disturb the message that it is in',
    run(host) {
      const codec = host.codec()
      const data = {
        a: 'before',
        get b() {
          encode(codec, { other: 'x'.repeat(10_000) })
          return 'got'
        },
        c: 'after',
      }
      assert.deepEqual(decode(codec, inChunk(encode(codec, data))), { a: 'before', b: 'got', c: 'after' })
    },
  },
  {
    name: 'decoding writes nothing into the chunk',
    run(host) {
      const codec = host.codec()
      for (const data of samples) {
        const payload = inChunk(encode(codec, data))
        const copy = Buffer.from(payload.chunk)
        decode(codec, payload)
        assert.ok(payload.chunk.equals(copy))
      }
    },
  },
  {
    name: 'nothing that was decoded lies in the chunk that it came in',
    run(host) {
      const codec = host.codec()
      for (const data of samples) {
        const payload = inChunk(encode(codec, data))
        const arrived = decode(codec, payload)
        payload.chunk.fill(0)
        assert.deepEqual(arrived, data)
      }
    },
  },
]
