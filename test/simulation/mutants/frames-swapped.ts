import { FrameStream } from '@clusterbus/protocol'
import { type Mutant, replace } from './mutant.ts'

export const framesSwapped: Mutant = {
  fault: 'two messages that lie one behind the other change places',
  caughtBy: 'order',
  plant: () =>
    replace(
      FrameStream.prototype,
      'push',
      (push) =>
        function (this: FrameStream, chunk, onFrame) {
          const held: [number, number][] = []
          push.call(this, chunk, (bytes, start, end) => {
            const isMessage = (bytes[start + 4] ?? 0) <= 2 && bytes === chunk
            if (isMessage && held.length === 0) {
              held.push([start, end])
              return
            }
            onFrame(bytes, start, end)
            for (const [first, last] of held.splice(0)) onFrame(chunk, first, last)
          })
          for (const [first, last] of held) onFrame(chunk, first, last)
        },
    ),
}
