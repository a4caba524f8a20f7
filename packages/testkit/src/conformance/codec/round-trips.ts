import assert from 'node:assert/strict'
import type { CodecCase } from '../codec-case.ts'
import { jsonData } from '../tools/json-data.ts'
import { decode, encode, inChunk } from '../tools/payload.ts'

export const roundTrips: readonly CodecCase[] = [
  ...Object.entries(jsonData).map(([name, data]): CodecCase => ({
    name: `arrives as it was: ${name}`,
    run(host) {
      const codec = host.codec()
      assert.deepEqual(decode(codec, inChunk(encode(codec, data))), data)
    },
  })),
  {
    name: 'undefined arrives as undefined',
    run(host) {
      const codec = host.codec()
      assert.equal(decode(codec, inChunk(encode(codec, undefined))), undefined)
    },
  },
  {
    name: 'it has a number of one byte that is not for the bytes codec, and a name',
    run(host) {
      const { id, name } = host.codec()
      assert.ok(Number.isInteger(id) && id > 0 && id <= 255)
      assert.ok(name !== '')
    },
  },
  {
    name: 'what cannot be encoded throws',
    run(host) {
      const codec = host.codec()
      for (const [what, data] of Object.entries(host.unencodable)) {
        assert.throws(() => codec.encode(data), Error, what)
      }
    },
  },
  {
    name: 'what a getter throws, comes out',
    run(host) {
      const codec = host.codec()
      const thrown = new RangeError('of the app')
      const data = {
        a: 1,
        get b(): never {
          throw thrown
        },
      }
      assert.throws(() => codec.encode(data), thrown)
    },
  },
  {
    name: 'data is left as it was, also when it is frozen',
    run(host) {
      const codec = host.codec()
      const data = Object.freeze({ a: Object.freeze([1, Object.freeze({ b: 'c' })]) })
      codec.encode(data)
      assert.deepEqual(data, { a: [1, { b: 'c' }] })
    },
  },
]
