import { cacheFrames, FrameKind, layout } from '@clusterbus/protocol'
import type { FakeLink } from '@clusterbus/testkit'

/**
 * What a member was told, in words: `SHAPE 1.0 text`, `GONE 1`, `PUBLISH 1 text`, `NAMED 1 text`, `PICK`, `TOPIC`,
 * `TRACK 1.7`, `CONFIRMED 7 members delivered failed gone`; of caches `CACHED 1 5`, `EVICT 5 key:a`, `INVALIDATED 7 members
 * fenced`, `LEASE 3 ms`, `CLAIMED 7 flags value`.
 */
export function transcript(link: FakeLink): string[] {
  return link.frames.flatMap((frame) => {
    const first = frame.length < 12 ? 0 : layout.readU32(frame, layout.senderAt)
    switch (frame[4]) {
      case FrameKind.SHAPE: {
        const number = layout.readU32(frame, layout.shapeNumberAt)
        return [`SHAPE ${first}.${number} ${frame.toString('utf8', layout.shapeBytes)}`]
      }
      case FrameKind.PUBLISH:
        return [`PUBLISH ${first} ${frame.toString('utf8', layout.publishBytes)}`]
      case FrameKind.PUBLISH_NAMED: {
        const payloadAt = layout.publishBytes + layout.readU32(frame, layout.topicAt)
        return [`NAMED ${first} ${frame.toString('utf8', payloadAt)}`]
      }
      case FrameKind.GONE:
        return [`GONE ${first}`]
      case FrameKind.PICK:
        return ['PICK']
      case FrameKind.TRACK:
        return [`TRACK ${first}.${layout.readU32(frame, 12)}`]
      case FrameKind.CONFIRMED: {
        const counts = [12, 16, 20, 24].map((at) => layout.readU32(frame, at))
        return [`CONFIRMED ${first} ${counts.join(' ')}`]
      }
      case FrameKind.CACHED:
        return [`CACHED ${first} ${frame[5] === 0 ? layout.readU32(frame, 12) : frame.toString('utf8', 12)}`]
      case FrameKind.EVICT: {
        const selectors = cacheFrames.readSelectors(frame, 0, frame.length)
        const shown = selectors.map(({ kind, text }) => `${kind}:${text}`)
        return [`EVICT ${layout.readU32(frame, 12)} ${shown.join(' ')}`]
      }
      case FrameKind.INVALIDATED:
        return [`INVALIDATED ${first} ${layout.readU32(frame, 12)} ${layout.readU32(frame, 16)}`]
      case FrameKind.LEASE:
        return [`LEASE ${first} ${layout.readU32(frame, 12)}`]
      case FrameKind.CLAIMED:
        return [`CLAIMED ${first} ${frame[5]} ${frame.toString('utf8', 12)}`]
      case FrameKind.TOPIC:
        return ['TOPIC']
      case FrameKind.CLOSE:
        return ['CLOSE']
      default:
        return []
    }
  })
}

/** The same without what topics are numbered with. */
export function withoutTopics(link: FakeLink): string[] {
  return transcript(link).filter((line) => line !== 'TOPIC')
}
