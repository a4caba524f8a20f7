import { Program, programPath } from '../arena/program.ts'
import type { Contender, Entrant, Round } from '../contest/entrant.ts'
import type { CodecCost, FloorCodec } from './codec.ts'
import type { FloorApi } from './program.ts'

/** The codecs alone, with the messages of one-to-one: the most that two cores could do, if all else were free. */
export const codecFloors: readonly Entrant[] = [
  {
    name: 'codec-json',
    title: 'floor: JSON alone',
    peer: 'clusterbus',
    open: async ({ windowMs }) => start('json', windowMs),
  },
  {
    name: 'codec-msgpack',
    title: 'floor: msgpack alone',
    peer: 'clusterbus-msgpack',
    open: async ({ windowMs }) => start('msgpack', windowMs),
  },
  {
    name: 'codec-msgpack-shapes',
    title: 'floor: msgpack alone, known shape',
    peer: 'clusterbus-msgpack',
    open: async ({ windowMs }) => start('msgpack-shapes', windowMs),
  },
]

const messageBytes = 100

function start(codec: FloorCodec, windowMs: number): Contender {
  const path = programPath('program', import.meta.url)
  const program = new Program<FloorApi>(`floor of ${codec}`, path, [codec, String(messageBytes)])
  return {
    round: async () => roundOf(await program.whileAlive(program.api.measure(windowMs))),
    close: () => program.close(),
  }
}

/** A nanosecond for a message is a thousandth of a CPU second for a million. */
function roundOf({ encodeNs, decodeNs }: CodecCost): Round {
  const perSecond = (2 * 1e9) / (encodeNs + decodeNs)
  return {
    values: { perSecond, publisherCpu: encodeNs / 1_000, subscriberCpu: decodeNs / 1_000, encodeNs, decodeNs },
  }
}
