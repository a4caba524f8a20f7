import { answerForAll } from './answer-for-all.ts'
import { answeredTooEarly } from './answered-too-early.ts'
import { cancelIgnored } from './cancel-ignored.ts'
import { confirmedTooEarly } from './confirmed-too-early.ts'
import { deadNotGone } from './dead-not-gone.ts'
import { doubledDelivery } from './doubled-delivery.ts'
import { drainInHaste } from './drain-in-haste.ts'
import { drainLostInBroker } from './drain-lost-in-broker.ts'
import { drainLostInBus } from './drain-lost-in-bus.ts'
import { dropNotCounted } from './drop-not-counted.ts'
import { echoInSpite } from './echo-in-spite.ts'
import { endedKept } from './ended-kept.ts'
import { flushAtOnce } from './flush-at-once.ts'
import { framesSwapped } from './frames-swapped.ts'
import { fullLinkIgnored } from './full-link-ignored.ts'
import { gapForgotten } from './gap-forgotten.ts'
import { gapMisplaced } from './gap-misplaced.ts'
import { gapTooLate } from './gap-too-late.ts'
import { groupOfTwo } from './group-of-two.ts'
import { heldForEver } from './held-for-ever.ts'
import { holdKept } from './hold-kept.ts'
import { holdOutlivesMember } from './hold-outlives-member.ts'
import { keptSentTwice } from './kept-sent-twice.ts'
import { lastFrameDropped } from './last-frame-dropped.ts'
import { lostNotCounted } from './lost-not-counted.ts'
import { newestFirst } from './newest-first.ts'
import { numberReusedEarly } from './number-reused-early.ts'
import { numbersOutliveLink } from './numbers-outlive-link.ts'
import { numbersUnguarded } from './numbers-unguarded.ts'
import { patternForgotten } from './pattern-forgotten.ts'
import { refusedUntold } from './refused-untold.ts'
import { replyFromAnybody } from './reply-from-anybody.ts'
import { responderKept } from './responder-kept.ts'
import { senderNotStamped } from './sender-not-stamped.ts'
import { settledTwice } from './settled-twice.ts'
import { shapeUntold } from './shape-untold.ts'
import { staleRoute } from './stale-route.ts'
import { unsubscribeIgnored } from './unsubscribe-ignored.ts'
import { wildcardTooWide } from './wildcard-too-wide.ts'
import { workConflated } from './work-conflated.ts'
import type { Mutant } from './mutant.ts'

/** Every fault that the simulation is known to find. */
export const mutants: readonly Mutant[] = [
  answerForAll,
  answeredTooEarly,
  cancelIgnored,
  confirmedTooEarly,
  deadNotGone,
  doubledDelivery,
  drainInHaste,
  drainLostInBroker,
  drainLostInBus,
  dropNotCounted,
  echoInSpite,
  endedKept,
  flushAtOnce,
  framesSwapped,
  fullLinkIgnored,
  gapForgotten,
  gapMisplaced,
  gapTooLate,
  groupOfTwo,
  heldForEver,
  holdKept,
  holdOutlivesMember,
  keptSentTwice,
  lastFrameDropped,
  lostNotCounted,
  newestFirst,
  numberReusedEarly,
  numbersOutliveLink,
  numbersUnguarded,
  patternForgotten,
  refusedUntold,
  replyFromAnybody,
  responderKept,
  senderNotStamped,
  settledTwice,
  shapeUntold,
  staleRoute,
  unsubscribeIgnored,
  wildcardTooWide,
  workConflated,
]
