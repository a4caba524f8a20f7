import { BrokerCore } from '@clusterbus/broker/core'
import { type Mutant, replaceGetter } from '../../mutants/mutant.ts'

export const formerLeasesIgnored: Mutant = {
  fault: 'a broker does not wait for members of the one before it',
  caughtBy: 'staleness',
  plant: () => replaceGetter(BrokerCore.prototype, 'leasesUntil', () => 0),
}
