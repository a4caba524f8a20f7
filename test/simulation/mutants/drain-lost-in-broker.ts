import { Outbox } from '@clusterbus/broker/core'
import { type Mutant, replace } from './mutant.ts'

export const drainLostInBroker: Mutant = {
  fault: 'the broker does not hear that a link has room again',
  caughtBy: 'liveness',
  shownBy: 26,
  plant: () => replace(Outbox.prototype, 'drained', () => () => undefined),
}
