import type { Ledger } from '../history/ledger.ts'
import { checkAccess } from './access.ts'
import { checkConfirmations } from './confirmations.ts'
import { checkGaps } from './gaps.ts'
import { checkGroups } from './groups.ts'
import { checkLoss } from './loss.ts'
import { checkMatching } from './matching.ts'
import { checkOneOrder } from './one-order.ts'
import { checkPublisherOrder } from './publisher-order.ts'
import { checkRequests } from './requests.ts'

/** Looks through the records of a run for promises that were broken. */
export function check(ledger: Ledger): void {
  checkMatching(ledger)
  checkPublisherOrder(ledger)
  checkOneOrder(ledger)
  checkLoss(ledger)
  checkGroups(ledger)
  checkRequests(ledger)
  checkGaps(ledger)
  checkConfirmations(ledger)
  checkAccess(ledger)
}
