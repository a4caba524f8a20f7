import { OutgoingTopics } from '@clusterbus/client/core'
import { type Mutant, replace } from './mutant.ts'

export const numbersOutliveLink: Mutant = {
  fault: 'a bus publishes with numbers that its last broker gave',
  caughtBy: 'links',
  shownBy: 7,
  plant: () => replace(OutgoingTopics.prototype, 'forgetAll', () => () => undefined),
}
