import { TagIndex } from '@clusterbus/cache/parts'
import { type Mutant, replace } from '../../mutants/mutant.ts'

export const tagForgotten: Mutant = {
  fault: 'only the first tag of an entry is known',
  caughtBy: 'staleness',
  plant: () =>
    replace(TagIndex.prototype, 'link', (link) => {
      return function (this: TagIndex<string | number>, key, tags) {
        link.call(this, key, tags.slice(0, 1))
      }
    }),
}
