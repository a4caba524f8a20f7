import type { Codec } from '@clusterbus/protocol'
import assert from 'node:assert/strict'
import type { CodecCase } from '../codec-case.ts'
import { decode, encode, inChunk } from '../tools/payload.ts'
import { seededRandom } from '../tools/random.ts'

const data = { id: 7, text: 'é'.repeat(20), list: [1, -2.5, null, { deep: [[['x']]] }], on: true }

/** Decodes what may be anything: it gives data, or throws an Error that says something. */
function decodeAnything(codec: Codec, bytes: Uint8Array): void {
  try {
    decode(codec, inChunk(bytes))
  } catch (error) {
    assert.ok(error instanceof Error && error.message !== '', `thrown for ${Buffer.from(bytes).toString('hex')}`)
  }
}

export const hostileBytes: readonly CodecCase[] = [
  {
    name: 'a message that is cut off throws, wherever that is, and reads nothing of what lies behind',
    run(host) {
      const codec = host.codec()
      const bytes = encode(codec, data)
      // No bytes at all may stand for something.
      for (let length = 1; length < bytes.length; length += 1) {
        assert.throws(() => decode(codec, inChunk(bytes.subarray(0, length))), Error)
      }
    },
  },
  {
    name: 'a message with another behind it throws',
    run(host) {
      const codec = host.codec()
      const bytes = encode(codec, data)
      assert.throws(() => decode(codec, inChunk(Buffer.concat([bytes, bytes]))), Error)
    },
  },
  {
    name: 'a message with any of its bytes changed gives data or an Error',
    run(host) {
      const codec = host.codec()
      const bytes = encode(codec, data)
      for (let at = 0; at < bytes.length; at += 1) {
        for (let value = 0; value < 256; value += 1) decodeAnything(codec, bytes.with(at, value))
      }
    },
  },
  {
    name: 'bytes at random give data or an Error',
    run(host) {
      const codec = host.codec()
      const random = seededRandom(1)
      for (let count = 0; count < 5_000; count += 1) {
        decodeAnything(
          codec,
          Uint8Array.from({ length: Math.floor(random() * 40) }, () => random() * 256),
        )
      }
    },
  },
  {
    name: 'no name in a message changes what objects inherit',
    run(host) {
      const codec = host.codec()
      const parsed: unknown = JSON.parse(
        '{"constructor":{"prototype":{"polluted":1}},"a":{"__proto__":{"polluted":1}}}',
      )
      try {
        decode(codec, inChunk(encode(codec, parsed)))
      } catch {
        // A codec may refuse such a name.
      }
      assert.equal(Reflect.get({}, 'polluted'), undefined)
    },
  },
]
