import { msgpackCodec } from '@clusterbus/codec-msgpack'
import { jsonCodec } from '@clusterbus/protocol'
import { type CodecHost, codecConformance, reversedCodec, shapeConformance } from '@clusterbus/testkit'
import { describe, it } from 'vitest'

const cycle: unknown[] = []
cycle.push(cycle)
const noJson = { 'a cycle': cycle, 'a BigInt': 1n, 'a list with a BigInt': [1, { a: 1n }] }
const nowhere = { 'a function': () => 1, 'a symbol': Symbol('x') }

const hosts: Readonly<Record<string, CodecHost>> = {
  json: { codec: () => jsonCodec, unencodable: { ...noJson, ...nowhere } },
  msgpack: { codec: () => msgpackCodec(), unencodable: { ...nowhere, 'a promise': Promise.resolve() } },
  'a codec of the app’s own': { codec: () => reversedCodec, unencodable: noJson },
}

describe.each(Object.entries(hosts))('%s', (_, host) => {
  const suite = host.codec().shapes === undefined ? codecConformance : { ...codecConformance, ...shapeConformance }
  for (const [concept, cases] of Object.entries(suite)) {
    describe(concept, () => {
      for (const codecCase of cases) it(codecCase.name, () => codecCase.run(host))
    })
  }
})
