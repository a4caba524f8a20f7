import { type ChunkWriter, FrameKind, layout, read, write } from '@clusterbus/protocol'
import type { OutgoingTopics } from './outgoing-topics.ts'

/** What a kept log is measured by. */
export interface PruneRules {
  readonly payloadBytes: number
  /** Whether somebody still waits for the answer to that request, or for that message to be confirmed. */
  isPending(number: number): boolean
  /** Whether that subscription or responder has not ended. */
  isRegistered(id: number): boolean
}

/**
 * Copies the messages of a log that its link has not taken into `writer`, by name, because numbers end with the link.
 * Everything else spoke of that link. Returns the numbers under which some of them are still to be confirmed.
 */
export function keepMessages(
  segments: readonly Buffer[],
  writer: ChunkWriter,
  topics: OutgoingTopics,
  isPending: (number: number) => boolean,
): Set<number> {
  const confirmed = new Set<number>()
  const keep = (segment: Buffer, kind: number, start: number, end: number): void => {
    if (kind === FrameKind.PUBLISH) rename(segment, start, end, writer, topics)
    else if (kind === FrameKind.PUBLISH_NAMED) writer.appendCopy(segment, start, end)
    else if (kind === FrameKind.CONFIRM) {
      const { number, handled, at } = read.readConfirm(segment, start, end)
      const isAwaited = isPending(number)
      const confirmAt = isAwaited
        ? write.beginConfirm(writer, number, handled, layout.envelopeBytesMax + end - at)
        : undefined
      keep(segment, segment[at + 4] ?? 0, at, end)
      if (confirmAt === undefined) return
      write.endFrame(writer, confirmAt)
      confirmed.add(number)
    }
  }
  for (const segment of segments) eachFrame(segment, (kind, start, end) => keep(segment, kind, start, end))
  return confirmed
}

/**
 * Copies into `writer` what a broker still needs to hear of a log: not subscriptions that have ended, requests and claims
 * that were given up, and messages with a larger payload than `rules` allow. Returns the request or confirmation number of each of
 * the latter, or 0.
 */
export function pruneLog(segments: readonly Buffer[], writer: ChunkWriter, rules: PruneRules): number[] {
  const tooLarge: number[] = []
  for (const segment of segments) {
    eachFrame(segment, (kind, start, end) => {
      const number = awaitedNumber(segment, kind, start)
      const isGivenUp = number !== 0 && !rules.isPending(number)
      if (isEnded(rules, segment, kind, start) || (isGivenUp && kind !== FrameKind.CONFIRM)) return
      // A message that nobody waits for any more to be confirmed is a message all the same.
      const from = isGivenUp ? start + layout.confirmBytes : start
      if (read.messagePayloadBytes(segment, from, end) > rules.payloadBytes) tooLarge.push(isGivenUp ? 0 : number)
      else writer.appendCopy(segment, from, end)
    })
  }
  return tooLarge
}

/** The number of a request, claim or confirmation; 0 for any other frame. */
function awaitedNumber(segment: Buffer, kind: number, start: number): number {
  if (kind === FrameKind.REQUEST) return layout.readU32(segment, start + layout.requestAt)
  const isNumberedFirst = kind === FrameKind.CONFIRM || kind === FrameKind.CLAIM
  return isNumberedFirst ? layout.readU32(segment, start + layout.baseBytes) : 0
}

function isEnded(rules: PruneRules, segment: Buffer, kind: number, start: number): boolean {
  if (kind === FrameKind.CANCEL) return true
  const registers = kind === FrameKind.SUBSCRIBE || kind === FrameKind.UNSUBSCRIBE
  return registers && !rules.isRegistered(layout.readU32(segment, start + layout.baseBytes))
}

function rename(segment: Buffer, start: number, end: number, writer: ChunkWriter, topics: OutgoingTopics): void {
  const topic = topics.byNumber(layout.readU32(segment, start + layout.topicAt))
  if (topic === undefined) return
  writer.reserve(end - start + topic.bytes.length)
  const { chunk, position } = writer
  segment.copy(chunk, position, start, start + layout.publishBytes)
  chunk[position + 4] = FrameKind.PUBLISH_NAMED
  layout.writeU32(chunk, position + layout.topicAt, topic.bytes.length)
  const at = position + layout.publishBytes + topic.bytes.copy(chunk, position + layout.publishBytes)
  writer.position = at + segment.copy(chunk, at, start + layout.publishBytes, end)
  write.endFrame(writer, position)
}

function eachFrame(segment: Buffer, visit: (kind: number, start: number, end: number) => void): void {
  for (let start = 0; start < segment.length;) {
    const end = start + layout.readU32(segment, start)
    visit(segment[start + 4] ?? 0, start, end)
    start = end
  }
}
