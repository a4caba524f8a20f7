import { Gaps } from '@clusterbus/broker/core'
import { ChunkWriter } from '@clusterbus/protocol'
import { type Mutant, replace } from './mutant.ts'

export const gapForgotten: Mutant = {
  fault: 'a member is not told of what was dropped for it',
  caughtBy: 'gaps',
  shownBy: 10,
  plant: () =>
    replace(
      Gaps.prototype,
      'writeTo',
      (writeTo) =>
        function (this: Gaps) {
          writeTo.call(this, new ChunkWriter())
        },
    ),
}
