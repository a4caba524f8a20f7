import { Access } from '@clusterbus/broker/core'
import { type Mutant, replace } from './mutant.ts'

export const numbersUnguarded: Mutant = {
  fault: 'whoever was told the number of a topic may publish with it',
  caughtBy: 'access',
  shownBy: 30,
  plant: () => replace(Access.prototype, 'allowsNumber', () => () => true),
}
