import { brokerTarget } from './broker/broker-target.ts'
import { busTarget } from './bus/bus-target.ts'
import { jsonTarget, msgpackTarget, shapesTarget } from './codecs/codec-targets.ts'
import type { TargetMaker } from './engine/target.ts'
import { fullLinksTarget } from './full/full-links-target.ts'
import { framesTarget, subscribeTarget, textsTarget, topicsTarget } from './texts/text-targets.ts'

/** All that is fuzzed, by the name that the program takes. */
export const targets: Readonly<Record<string, TargetMaker>> = {
  broker: brokerTarget,
  'full-links': fullLinksTarget,
  bus: busTarget,
  json: jsonTarget,
  msgpack: msgpackTarget,
  shapes: shapesTarget,
  frames: framesTarget,
  subscribe: subscribeTarget,
  topics: topicsTarget,
  texts: textsTarget,
}
