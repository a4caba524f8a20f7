import { FrameKind, layout } from '@clusterbus/protocol'

/** What a broker has handed to the link of one member, as the account has to have it. */
export class Tally {
  messages = 0
  /** Messages that GAP frames have told of, by topic. */
  readonly missing: Map<string, number> = new Map()

  /** Counts what stands in whole frames. */
  count(segments: readonly Buffer[]): void {
    for (const segment of segments) {
      for (let at = 0; at < segment.length;) {
        const end = at + layout.readU32(segment, at)
        const kind = segment[at + 4]
        if (kind === FrameKind.PUBLISH || kind === FrameKind.PUBLISH_NAMED) this.messages += 1
        if (kind === FrameKind.GAP) {
          const topic = segment.toString('utf8', at + 12, end)
          this.missing.set(topic, (this.missing.get(topic) ?? 0) + layout.readU32(segment, at + 8))
        }
        at = end
      }
    }
  }
}
