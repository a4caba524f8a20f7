import { FrameStream } from '@clusterbus/protocol'
import { framesOf, type Mutant, replace } from './mutant.ts'

export const lastFrameDropped: Mutant = {
  fault: 'the last of several frames in a chunk is dropped',
  caughtBy: 'loss',
  plant: () =>
    replace(
      FrameStream.prototype,
      'push',
      (push) =>
        function (this: FrameStream, chunk, onFrame) {
          const frames = framesOf(chunk)
          const last = frames.at(-1)
          const isWhole = this.waitingBytes === 0 && frames.length > 2 && last?.end === chunk.length
          const isMessage = last !== undefined && (chunk[last.start + 4] ?? 0) <= 2
          push.call(this, isWhole && isMessage ? chunk.subarray(0, last.start) : chunk, onFrame)
        },
    ),
}
