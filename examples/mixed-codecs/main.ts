/** Members with different codecs on one bus: each message says how it was written. */

import { createBroker } from '@clusterbus/broker'
import { createBus } from '@clusterbus/client'
import { msgpackCodec } from '@clusterbus/codec-msgpack'
import assert from 'node:assert/strict'

await using _broker = createBroker()
await using json = createBus({ name: 'json' })
await using msgpack = createBus({ name: 'msgpack', codec: msgpackCodec() })

const seenByMsgpack: unknown[] = []
const seenByJson: unknown[] = []
const errors: string[] = []

msgpack.subscribe('>', (data, { codec }) => {
  console.log(`msgpack received ${codec.padEnd(7)}`, data)
  seenByMsgpack.push(data)
})
json.subscribe('>', (data, { codec }) => {
  console.log(`json    received ${codec.padEnd(7)}`, data)
  seenByJson.push(data)
})
json.on('error', (error) => {
  console.log(`json    could not read it: ${error.code}`)
  errors.push(error.code)
})
await Promise.all([json.flush(), msgpack.flush()])

// Answered in order: what came to a bus before its flush is done has been handed over.
const rich = { ids: new Set([1n, 2n]), at: new Date(0) }
json.publish('plain', { written: 'as JSON' })
await json.flush()
msgpack.publish('rich', rich)
msgpack.publish('bytes', new Uint8Array([1, 2, 3]))
await msgpack.flush()
await json.flush()

assert.deepEqual(seenByMsgpack.slice(0, 2), [{ written: 'as JSON' }, rich])
assert.equal(seenByMsgpack.length, 3)
assert.equal(seenByJson.length, 2)
assert.deepEqual(errors, ['UNKNOWN_CODEC'])
