import { FrameKind, layout } from '@clusterbus/protocol'

/** How many messages stand in some segments, and what they weigh. */
export interface Tally {
  messages: number
  bytes: number
  /** Whether the last frame speaks of one that is not there. */
  endsOpen: boolean
}

/** Whether frames of that kind may be dropped: messages, and nothing else. */
export function isMessage(kind: number | undefined): boolean {
  return kind === FrameKind.PUBLISH || kind === FrameKind.PUBLISH_NAMED
}

/** Whether a frame of that kind speaks of the one behind it, and has to share its fate. */
export function isPrefix(kind: number | undefined): boolean {
  return kind === FrameKind.PICK || kind === FrameKind.TRACK
}

/** Counts the messages in whole frames. */
export function tallyOf(segments: readonly Buffer[]): Tally {
  const tally = { messages: 0, bytes: 0, endsOpen: false }
  for (const segment of segments) {
    let kind: number | undefined
    for (let at = 0; at < segment.length;) {
      const length = layout.readU32(segment, at)
      kind = segment[at + 4]
      if (isMessage(kind)) {
        tally.messages += 1
        tally.bytes += length
      }
      at += length
    }
    tally.endsOpen = isPrefix(kind)
  }
  return tally
}
