import { answeredTooEarly } from './answered-too-early.ts'
import { cancelIgnored } from './cancel-ignored.ts'
import { doubledDelivery } from './doubled-delivery.ts'
import { drainInHaste } from './drain-in-haste.ts'
import { drainLostInBroker } from './drain-lost-in-broker.ts'
import { drainLostInBus } from './drain-lost-in-bus.ts'
import { echoInSpite } from './echo-in-spite.ts'
import { endedKept } from './ended-kept.ts'
import { flushAtOnce } from './flush-at-once.ts'
import { framesSwapped } from './frames-swapped.ts'
import { fullLinkIgnored } from './full-link-ignored.ts'
import { groupOfTwo } from './group-of-two.ts'
import { heldForEver } from './held-for-ever.ts'
import { keptSentTwice } from './kept-sent-twice.ts'
import { lastFrameDropped } from './last-frame-dropped.ts'
import { newestFirst } from './newest-first.ts'
import { numberReusedEarly } from './number-reused-early.ts'
import { numbersOutliveLink } from './numbers-outlive-link.ts'
import { patternForgotten } from './pattern-forgotten.ts'
import { replyFromAnybody } from './reply-from-anybody.ts'
import { responderKept } from './responder-kept.ts'
import { senderNotStamped } from './sender-not-stamped.ts'
import { staleRoute } from './stale-route.ts'
import { unsubscribeIgnored } from './unsubscribe-ignored.ts'
import { wildcardTooWide } from './wildcard-too-wide.ts'
import type { Mutant } from './mutant.ts'

/** Every fault that the simulation is known to find. */
export const mutants: readonly Mutant[] = [
  answeredTooEarly,
  cancelIgnored,
  doubledDelivery,
  drainInHaste,
  drainLostInBroker,
  drainLostInBus,
  echoInSpite,
  endedKept,
  flushAtOnce,
  framesSwapped,
  fullLinkIgnored,
  groupOfTwo,
  heldForEver,
  keptSentTwice,
  lastFrameDropped,
  newestFirst,
  numberReusedEarly,
  numbersOutliveLink,
  patternForgotten,
  replyFromAnybody,
  responderKept,
  senderNotStamped,
  staleRoute,
  unsubscribeIgnored,
  wildcardTooWide,
]
