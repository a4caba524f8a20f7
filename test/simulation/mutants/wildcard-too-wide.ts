import { PatternIndex } from '@clusterbus/protocol'
import { type Mutant, replace } from './mutant.ts'

export const wildcardTooWide: Mutant = {
  fault: 'a pattern matches topics with one token more',
  caughtBy: 'matching',
  plant: () =>
    replace(
      PatternIndex.prototype,
      'match',
      (match) =>
        function (this: PatternIndex<unknown>, topic) {
          const found = match.call(this, topic)
          const end = topic.lastIndexOf('.')
          return found.length === 0 && end > 0 ? match.call(this, topic.slice(0, end)) : found
        },
    ),
}
