import { ChunkWriter, FrameKind, layout, type Limits, type OverflowOptions, write } from '@clusterbus/protocol'
import type { FakeLink } from '@clusterbus/testkit'
import * as says from '../support/says.ts'
import { TestBroker } from '../support/test-broker.ts'

/** A broker with one member whose link takes nothing, and one that publishes. */
export class SlowMember extends TestBroker {
  readonly slow: FakeLink
  readonly feeder: FakeLink

  constructor(
    terms: OverflowOptions,
    limits: Partial<Limits> = {},
    subscribes: readonly Buffer[] = [says.subscribe(1, '>')],
  ) {
    super({ terms, limits })
    this.slow = this.join('slow')
    this.slow.say(...subscribes)
    this.feeder = this.join('feeder')
    this.slow.takes = false
    // The frame that fills the link: it says no more from now on.
    this.feeder.say(says.publishNamed('first', 'x'))
    this.slow.frames.length = 0
  }

  /** One message each, in turns of their own. */
  publish(topic: string, ...payloads: readonly string[]): void {
    for (const payload of payloads) this.feeder.say(says.publishNamed(topic, payload))
  }

  /** The link takes everything again. Returns all that came over it since it was full, in words. */
  drain(): string[] {
    this.slow.takes = true
    this.slow.receiver?.onDrain()
    return words(this.slow.frames)
  }
}

/** `a:1` for a message, `gap a 2`, and the kind for everything else, with `pick 7+plain` in front of what it is for. */
export function words(frames: readonly Buffer[]): string[] {
  const names = new Map<number, string>()
  return frames.map((frame) => {
    const number = frame.length < 12 ? 0 : layout.readU32(frame, 8)
    switch (frame[4]) {
      case FrameKind.TOPIC:
        names.set(number, frame.toString('utf8', 12))
        return 'topic'
      case FrameKind.PUBLISH:
        return `#${names.get(layout.readU32(frame, 12)) ?? layout.readU32(frame, 12)}:${frame.toString('utf8', 16)}`
      case FrameKind.PUBLISH_NAMED: {
        const at = 16 + layout.readU32(frame, 12)
        return `${frame.toString('utf8', 16, at)}:${frame.toString('utf8', at)}`
      }
      case FrameKind.GAP:
        return `gap ${frame.toString('utf8', 12)} ${number}`
      case FrameKind.PICK:
        return `pick ${ids(frame).join()}${frame[5] === layout.flagPlain ? '+plain' : ''}`
      default:
        return kindNames.get(frame[4] ?? 0) ?? `kind ${frame[4]}`
    }
  })
}

export function terms(text: string): Buffer {
  const writer = new ChunkWriter()
  write.writeText(writer, FrameKind.TERMS, text)
  return Buffer.concat(writer.take())
}

function ids(pick: Buffer): number[] {
  return Array.from({ length: layout.readU32(pick, 8) }, (_, index) => layout.readU32(pick, 12 + 4 * index))
}

const kindNames = new Map<number, string>(Object.entries(FrameKind).map(([name, kind]) => [kind, name.toLowerCase()]))

/** A payload with which a named message on a topic of one character is so many bytes long. */
export function sized(bytes: number, fill = 'x'): string {
  return fill.repeat(bytes - 17)
}
