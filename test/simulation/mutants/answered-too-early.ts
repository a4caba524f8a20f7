import { FrameKind, FrameStream } from '@clusterbus/protocol'
import { framesOf, type Mutant, replace } from './mutant.ts'

export const answeredTooEarly: Mutant = {
  fault: 'PING is answered before what came before it was routed',
  caughtBy: 'loss',
  plant: () =>
    replace(FrameStream.prototype, 'push', (push) => {
      const held = new WeakMap<FrameStream, Buffer[]>()
      return function (this: FrameStream, chunk, onFrame) {
        for (const frame of held.get(this) ?? []) onFrame(frame, 0, frame.length)
        const messages: Buffer[] = []
        held.set(this, messages)
        const hasPing = framesOf(chunk).some(({ start }) => chunk[start + 4] === FrameKind.PING)
        push.call(this, chunk, (bytes, start, end) => {
          if (hasPing && (bytes[start + 4] ?? 0) <= 2) messages.push(Buffer.from(bytes.subarray(start, end)))
          else onFrame(bytes, start, end)
        })
      }
    }),
}
