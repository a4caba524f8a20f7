import { FrameKind, layout, read, write } from '@clusterbus/protocol'
import type { ConnectedMember } from './connected-member.ts'

/**
 * Keeps how members describe the shapes of their data, so that whoever subscribes later can read it too. A receiver is
 * told before the first message of a sender that it has not been told everything of. What a description says is the
 * business of the codec and not looked at.
 */
export class ShapeBook {
  readonly #written: Set<ConnectedMember>

  /** Members whose outboxes are added to are put into `written`. */
  constructor(written: Set<ConnectedMember>) {
    this.#written = written
  }

  /** Takes a SHAPE frame. Throws `BAD_FRAME`. */
  describe(member: ConnectedMember, bytes: Buffer, start: number, end: number): void {
    read.assertFrameBytes(start, end, layout.shapeBytes + 1, 'SHAPE')
    if (bytes[start + 5] !== 0) throw read.badFrame(`SHAPE with flags ${bytes[start + 5]}`)
    const number = layout.readU32(bytes, start + layout.shapeNumberAt)
    if (number !== member.shapes.length || number >= layout.shapesMax) {
      throw read.badFrame(`shape ${number} of a member that has described ${member.shapes.length}`)
    }
    const descriptionBytes = end - start - layout.shapeBytes
    if (descriptionBytes > layout.descriptionBytesMax) throw read.badFrame(`a shape of ${descriptionBytes} bytes`)
    layout.writeU32(bytes, start + layout.senderAt, member.id)
    const frame = Buffer.allocUnsafeSlow(end - start)
    bytes.copy(frame, 0, start, end)
    member.shapes.push(frame)
  }

  /** Tells `receiver` all that it does not know yet of the shapes of `sender`, in front of a message from it. */
  introduce(sender: ConnectedMember, receiver: ConnectedMember): void {
    if (sender.shapes.length === 0) return
    const known = receiver.knownShapes.get(sender) ?? 0
    if (known === sender.shapes.length) return
    for (const frame of sender.shapes.slice(known)) receiver.outbox.append(frame, 0, frame.length)
    receiver.knownShapes.set(sender, sender.shapes.length)
  }

  /** A member is gone: those who were told its shapes need to keep them no longer. */
  leave(member: ConnectedMember, members: Iterable<ConnectedMember>): void {
    member.knownShapes.clear()
    if (member.shapes.length === 0) return
    for (const other of members) {
      if (!other.knownShapes.delete(member)) continue
      write.writeNumber(other.outbox.writer, FrameKind.GONE, member.id)
      this.#written.add(other)
    }
  }
}
