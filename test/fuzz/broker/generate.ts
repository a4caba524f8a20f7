import { FrameKind, layout, write } from '@clusterbus/protocol'
import { confirm, framed, message, numberFrame } from '../../cluster/support/raw-frames.ts'
import type { Random } from '../../support/random.ts'
import type { Input } from '../engine/input.ts'
import { chunksOf } from '../engine/mutate-frames.ts'
import { deniedTopic } from './access.ts'

const topics = [
  'fuzz.a',
  'fuzz.b',
  'fuzz.c.d',
  'fuzz.echo',
  deniedTopic,
  'healthy.left',
  'healthy.right',
  'é',
  '$sys.members',
] as const
const patterns = [...topics, 'fuzz.*', 'fuzz.>', '>', '*', '$sys.>', '*.echo', 'healthy.*'] as const
/** Nothing stands for none. */
const groups = ['', '', 'g', 'h'] as const
const payloads = ['', '1', '[1,2]', '{"a":{"b":"c"}}', '"text"', '1,2', 'no JSON', '\u00d1', '\x40\x01\x02'] as const
const descriptions = ['["a","b"]', '["a"]', '[]', '{}', '["__proto__"]', 'x'] as const
const headers = ['', '', '{"a":"b"}', '{"a":1}', '{'] as const
const flagChoices = [0, 0, 0, layout.flagNoEcho, layout.flagShaped] as const

type Speaker = (random: Random) => Buffer

/** Frames that a member may send, each at the right moment. */
const speakers: readonly Speaker[] = [
  published,
  published,
  published,
  (random) =>
    message({ kind: FrameKind.PUBLISH, number: small(random), payload: payload(random), flags: flags(random) }),
  (random) =>
    message({ kind: FrameKind.REQUEST, name: random.pick(topics), request: small(random), payload: payload(random) }),
  (random) =>
    framed((writer) =>
      write.writeReply(writer, {
        flags: random.pick([0, 0, layout.flagFailed, layout.flagRefused]),
        codec: random.below(4),
        requester: small(random),
        request: small(random),
        payload: payload(random),
      }),
    ),
  subscribed,
  subscribed,
  (random) => numberFrame(FrameKind.UNSUBSCRIBE, small(random)),
  (random) => numberFrame(FrameKind.CANCEL, small(random)),
  (random) => numberFrame(FrameKind.PING, small(random)),
  (random) => numberFrame(FrameKind.FORGOT, small(random)),
  () => numberFrame(FrameKind.ALIVE, 0),
  (random) => numberFrame(FrameKind.FULL, random.below(2)),
  (random) => confirm(small(random), published(random)),
  (random) => confirm(small(random), published(random)),
  (random) =>
    framed((writer) =>
      write.writeNumbers(writer, FrameKind.SETTLED, random.pick([0, layout.flagFailed]), small(random), small(random)),
    ),
  (random) => framed((writer) => write.writeShape(writer, 2, random.below(3), Buffer.from(random.pick(descriptions)))),
]

/** A conversation as a member leads it. */
export function conversation(random: Random): Input {
  const frames = Array.from({ length: 1 + random.below(12) }, () => random.pick(speakers)(random))
  return chunksOf(Buffer.concat(frames), random)
}

/** What is to become of messages that the member does not take. */
export function termsTold(random: Random): Buffer {
  const terms = {
    ...(random.below(4) === 0 ? {} : { overflow: random.pick(['block', 'drop-oldest', 'drop-newest', 'disconnect']) }),
    ...(random.below(2) === 0 ? {} : { conflate: 'topic' }),
    ...(random.below(2) === 0 ? {} : { queuedBytes: random.pick([1, 300, 2_000, 10_000]) }),
    ...(random.below(2) === 0 ? {} : { memberMessages: 1 + random.below(6) }),
  }
  return framed((writer) => write.writeText(writer, FrameKind.TERMS, JSON.stringify(terms)))
}

function published(random: Random): Buffer {
  const given = random.pick(headers)
  const bytes = message({
    name: random.pick(topics.slice(0, -1)),
    flags: flags(random),
    payload: payload(random),
    ...(given === '' ? {} : { headers: Buffer.from(given) }),
  })
  bytes[6] = random.below(4)
  return bytes
}

function subscribed(random: Random): Buffer {
  const group = random.pick(groups)
  const fields = {
    id: small(random),
    pattern: random.pick(patterns),
    group: group === '' ? undefined : group,
    max: random.below(3),
    responder: random.below(3) === 0,
  }
  return framed((writer) => write.writeSubscribe(writer, fields))
}

function small(random: Random): number {
  return random.below(6)
}

function flags(random: Random): number {
  return random.pick(flagChoices)
}

function payload(random: Random): Buffer {
  return random.below(20) === 0 ? Buffer.alloc(5_000, 'x') : Buffer.from(random.pick(payloads), 'latin1')
}
