import type { Scenario } from '../contest/scenario.ts'
import { cacheHit } from './cache-hit.ts'
import { cacheBatch, cacheInvalidate } from './cache-invalidate.ts'
import { fanIn } from './fan-in.ts'
import { fanOut16, fanOut3 } from './fan-out.ts'
import { footprintBroker, footprintWorker } from './footprint.ts'
import { growthMembers, growthSubscriptions } from './growth.ts'
import { latency } from './latency.ts'
import { mixedTopics } from './mixed-topics.ts'
import { oneToOne, oneToOne1k, oneToOne64k } from './one-to-one.ts'
import { requests } from './requests.ts'
import { stoppedMember } from './stopped-member.ts'
import { threads } from './threads.ts'
import { zipfPatterns } from './zipf-patterns.ts'

/** All that there is to measure, in the order in which it is measured and shown. */
export const scenarios: readonly Scenario[] = [
  oneToOne,
  oneToOne1k,
  oneToOne64k,
  fanOut3,
  fanOut16,
  fanIn,
  threads,
  latency,
  requests,
  mixedTopics,
  zipfPatterns,
  cacheHit,
  cacheInvalidate(10_000),
  cacheBatch(10_000),
  growthSubscriptions,
  growthMembers,
  footprintWorker,
  footprintBroker,
  stoppedMember,
]
