import { Outgoing } from '@clusterbus/client/core'
import { FrameKind } from '@clusterbus/protocol'
import { framesOf, type Mutant, replace } from './mutant.ts'

export const keptSentTwice: Mutant = {
  fault: 'what was kept for a new link is sent twice',
  caughtBy: 'duplicates',
  shownBy: 5,
  plant: () =>
    replace(
      Outgoing.prototype,
      'connected',
      (connected) =>
        function (this: Outgoing, link, first) {
          for (const segment of this.writer.take()) {
            this.writer.appendSlice(segment)
            for (const { start, end } of framesOf(segment)) {
              if (segment[start + 4] !== FrameKind.PUBLISH_NAMED) continue
              this.writer.appendSlice(Buffer.from(segment.subarray(start, end)))
            }
          }
          connected.call(this, link, first)
        },
    ),
}
