import { FrameKind, layout } from '@clusterbus/protocol'
import { type FakeLink } from '@clusterbus/testkit'

export function payloads(link: FakeLink): string[] {
  const messages = [...link.frames].filter(
    (frame) => frame[4] === FrameKind.PUBLISH || frame[4] === FrameKind.PUBLISH_NAMED,
  )
  return messages.map((frame) => {
    const named = frame[4] === FrameKind.PUBLISH_NAMED
    return frame.toString('utf8', layout.publishBytes + (named ? layout.readU32(frame, layout.topicAt) : 0))
  })
}
