import { FrameStream, type Link } from '@clusterbus/protocol'

/** What is noticed of a link, each time before its owner, or the other end, can have noticed. */
export interface LinkTap {
  /** A whole frame was handed to the link. */
  said(bytes: Buffer, start: number, end: number): void
  /** A whole frame came in. */
  heard(bytes: Buffer, start: number, end: number): void
  closed(): void
  /** The link takes nothing more for a while, or it does again. */
  roomChanged?(hasRoom: boolean): void
}

const frameBytesMax = 64 * 1024 * 1024

/** A link that behaves as the one inside does, and of which is noticed what goes over it. */
export function tappedLink(link: Link, tap: LinkTap): Link {
  const out = new FrameStream(frameBytesMax)
  const incoming = new FrameStream(frameBytesMax)
  return {
    open: (receiver) =>
      link.open({
        onChunk: (chunk) => {
          // Its owner may write into the chunk, and what was noticed of torn frames must not change.
          incoming.push(Buffer.from(chunk), (bytes, start, end) => tap.heard(bytes, start, end))
          receiver.onChunk(chunk)
        },
        onDrain: () => {
          tap.roomChanged?.(true)
          receiver.onDrain()
        },
        onClose: (cause) => {
          tap.closed()
          receiver.onClose(cause)
        },
      }),
    write: (segments) => {
      for (const segment of segments) {
        out.push(Buffer.from(segment), (bytes, start, end) => tap.said(bytes, start, end))
      }
      const hasRoom = link.write(segments)
      if (!hasRoom) tap.roomChanged?.(false)
      return hasRoom
    },
    get bufferedBytes() {
      return link.bufferedBytes
    },
    pause: () => link.pause(),
    resume: () => link.resume(),
    end: () => link.end(),
    destroy: () => link.destroy(),
    ref: () => link.ref(),
    unref: () => link.unref(),
  }
}
