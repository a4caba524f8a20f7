import { Claims } from '@clusterbus/broker/core'
import { type Mutant, replace } from '../../mutants/mutant.ts'

export const claimsOfTheDead: Mutant = {
  fault: 'the claim of a member that is gone does not pass on',
  caughtBy: 'liveness',
  plant: () => replace(Claims.prototype, 'leave', () => () => undefined),
}
