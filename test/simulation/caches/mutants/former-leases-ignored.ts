import { Caches } from '@clusterbus/broker/core'
import { type Mutant, replaceGetter } from '../../mutants/mutant.ts'

export const formerLeasesIgnored: Mutant = {
  fault: 'a broker does not wait for members of the one before it',
  caughtBy: 'staleness',
  shownBy: 13,
  plant: () => replaceGetter(Caches.prototype, 'leasesUntil', () => 0),
}
