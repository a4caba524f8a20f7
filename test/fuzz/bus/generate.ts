import { FrameKind, layout, write } from '@clusterbus/protocol'
import { framed, message, numberFrame } from '../../cluster/support/raw-frames.ts'
import type { Random } from '../../support/random.ts'
import type { Input } from '../engine/input.ts'
import { chunksOf } from '../engine/mutate-frames.ts'

const topics = ['fuzz.a', 'fuzz.b', 'fuzz.echo', 'other', '$sys.member.joined', 'é'] as const
const payloads = ['', '1', '[1,2]', '{"a":{"b":"c"}}', '"text"', '1,2', '1],[2', 'no JSON', '\u00d1'] as const
const packed = ['\x40\x01\x02', '\x41\x01', '\x01', '\x92\x40\x01\x02\x03', '\xc1\x91\xc0', ''] as const
const descriptions = ['["a","b"]', '["a"]', '[]', '["__proto__"]', 'x'] as const
const failures = [
  '{"code":"NO_RESPONDERS","message":"nobody"}',
  '{"code":"CLOSED","message":"the broker is closing"}',
  '{"code":"NONE","message":""}',
  '{"name":"TypeError","message":"no","code":7}',
  '{"__proto__":{"code":"CLOSED"}}',
  '[]',
  '',
] as const
const welcomes = [
  '{"version":1,"member":{"id":1,"name":"n","pid":1,"kind":"cluster"},"limits":{"payloadBytes":4096}}',
  '{"version":1,"member":{"id":1,"name":"n","pid":1,"kind":"cluster"},"limits":{"payloadBytes":1}}',
  '{"version":1,"member":{"id":1,"name":"n","pid":1,"kind":"cluster"},"limits":{"payloadBytes":"x"}}',
  '{"version":1,"member":{"id":1,"name":"n","pid":1,"kind":"cluster"},"limits":{}}',
  '{"version":1,"member":{"id":"1"},"limits":{"payloadBytes":4096}}',
  '{"version":2,"member":{"id":1,"name":"n","pid":1,"kind":"cluster"},"limits":{"payloadBytes":4096}}',
  '{"version":3,"member":{"id":1,"name":"n","pid":1,"kind":"cluster"},"limits":{"payloadBytes":4096}}',
  '{"version":"2","member":{"id":1,"name":"n","pid":1,"kind":"cluster"},"limits":{"payloadBytes":4096}}',
  '{"member":null}',
] as const

type Speaker = (random: Random) => Buffer

/** Frames that a broker may send, each at the right moment. */
const speakers: readonly Speaker[] = [
  (random) => heard(random, { kind: FrameKind.PUBLISH_NAMED, name: random.pick(topics) }),
  (random) => heard(random, { kind: FrameKind.PUBLISH, number: random.below(4) }),
  run,
  (random) => heard(random, { kind: FrameKind.REQUEST, name: random.pick(topics), request: random.below(6) }),
  replied,
  replied,
  shaped,
  described,
  (random) => named(random, FrameKind.TOPIC, random.pick(topics)),
  (random) => named(random, FrameKind.REFUSED, random.pick(failures)),
  (random) => named(random, FrameKind.DENIED, random.pick(topics)),
  (random) =>
    framed((writer) => {
      const subscriptions = Array.from({ length: random.below(3) }, () => random.below(6))
      write.writePick(writer, subscriptions, random.below(2) === 0)
    }),
  (random) => numberFrame(FrameKind.FORGET, random.below(4)),
  (random) => numberFrame(FrameKind.PONG, random.below(4)),
  (random) => numberFrame(FrameKind.GONE, random.below(4)),
  (random) =>
    random.below(8) > 0
      ? Buffer.alloc(0)
      : framed((writer) => write.writeText(writer, FrameKind.CLOSE, random.pick(failures))),
]

/** What a broker says, most often with the welcome first. */
export function brokersWords(random: Random): Input {
  const welcome = random.below(8) === 0 ? random.pick(welcomes) : welcomes[0]
  const frames = Array.from({ length: 1 + random.below(12) }, () => random.pick(speakers)(random))
  if (random.below(32) > 0) frames.unshift(framed((writer) => write.writeText(writer, FrameKind.WELCOME, welcome)))
  return chunksOf(Buffer.concat(frames), random)
}

function heard(random: Random, fields: { kind: number; name?: string; number?: number; request?: number }): Buffer {
  const flags = random.pick([0, 0, 0, layout.flagNoEcho])
  const bytes = message({ ...fields, sender: random.below(4), flags, payload: bytesOf(random.pick(payloads)) })
  bytes[6] = random.below(4)
  return bytes
}

/** Messages of one sender, one behind the other, in JSON: they are read in one go. */
function run(random: Random): Buffer {
  const sender = random.below(3)
  const number = 1 + random.below(2)
  return Buffer.concat(
    Array.from({ length: 4 + random.below(4) }, () =>
      message({ kind: FrameKind.PUBLISH, number, sender, payload: bytesOf(random.pick(payloads)) }),
    ),
  )
}

function replied(random: Random): Buffer {
  const flags = random.pick([0, layout.flagFailed, layout.flagRefused])
  const payload = bytesOf(flags === 0 ? random.pick(payloads) : random.pick(failures))
  const reply = { flags, codec: random.below(4), requester: 1, request: random.below(4), payload }
  return framed((writer) => write.writeReply(writer, reply))
}

function shaped(random: Random): Buffer {
  const bytes = message({
    kind: FrameKind.PUBLISH_NAMED,
    name: random.pick(topics),
    flags: layout.flagShaped,
    sender: random.below(3),
    payload: bytesOf(random.pick(packed)),
  })
  bytes[6] = 2
  return bytes
}

function described(random: Random): Buffer {
  const description = Buffer.from(random.pick(descriptions))
  const bytes = framed((writer) => write.writeShape(writer, random.below(8) === 0 ? 1 : 2, 0, description))
  layout.writeU32(bytes, layout.senderAt, random.below(3))
  return bytes
}

function named(random: Random, kind: number, text: string): Buffer {
  return framed((writer) => write.writeNumberAndText(writer, kind, random.below(4), text))
}

function bytesOf(text: string): Buffer {
  return Buffer.from(text, 'latin1')
}
