import { begunWithoutLease } from './begun-without-lease.ts'
import { claimsOfTheDead } from './claims-of-the-dead.ts'
import { errorsCopied } from './errors-copied.ts'
import { firstAnswerCounts } from './first-answer-counts.ts'
import { formerLeasesIgnored } from './former-leases-ignored.ts'
import { ghostsIgnored } from './ghosts-ignored.ts'
import { heededTooEarly } from './heeded-too-early.ts'
import { keptOverLinks } from './kept-over-links.ts'
import { leaseCutShort } from './lease-cut-short.ts'
import { leaseFromWhenItCame } from './lease-from-when-it-came.ts'
import { leaseIgnored } from './lease-ignored.ts'
import { leaseTooLong } from './lease-too-long.ts'
import { loadsDoubled } from './loads-doubled.ts'
import { loadsOutliveLinks } from './loads-outlive-links.ts'
import { loadsStoredWhenVoid } from './loads-stored-when-void.ts'
import { nobodyWaitedFor } from './nobody-waited-for.ts'
import { oldClaimsShared } from './old-claims-shared.ts'
import { prefixOfShortKeys } from './prefix-of-short-keys.ts'
import { servedBeforeHeld } from './served-before-held.ts'
import { setVoidsNoLoad } from './set-voids-no-load.ts'
import { tagForgotten } from './tag-forgotten.ts'
import { voidLoadsJoined } from './void-loads-joined.ts'
import { voidedReadersRejected } from './voided-readers-rejected.ts'
import { wrongProcessExited } from './wrong-process-exited.ts'
import type { Mutant } from '../../mutants/mutant.ts'

/** Every fault of caches that the simulation is known to find. */
export const cacheMutants: readonly Mutant[] = [
  begunWithoutLease,
  claimsOfTheDead,
  errorsCopied,
  firstAnswerCounts,
  formerLeasesIgnored,
  ghostsIgnored,
  heededTooEarly,
  keptOverLinks,
  leaseCutShort,
  leaseFromWhenItCame,
  leaseIgnored,
  leaseTooLong,
  loadsDoubled,
  loadsOutliveLinks,
  loadsStoredWhenVoid,
  nobodyWaitedFor,
  oldClaimsShared,
  prefixOfShortKeys,
  servedBeforeHeld,
  setVoidsNoLoad,
  tagForgotten,
  voidLoadsJoined,
  voidedReadersRejected,
  wrongProcessExited,
]
