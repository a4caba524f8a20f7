import { ShapeBook } from '@clusterbus/broker/core'
import { type Mutant, replace } from './mutant.ts'

export const shapeUntold: Mutant = {
  fault: 'a receiver is not told of the shapes that a message refers to',
  caughtBy: 'matching',
  shownBy: 5,
  plant: () => replace(ShapeBook.prototype, 'introduce', () => () => undefined),
}
