import { type ChunkWriter, FrameKind, layout } from '@clusterbus/protocol'
import { isMessage, isPrefix } from './frames.ts'
import { type GapBudget, Gaps } from './gaps.ts'
import type { WaitingNames } from './waiting-names.ts'

/** Shorter stretches are copied, and so are those that would hold on to more memory than they fill. */
const sliceBytesMin = 4096

export interface SweepInput {
  /** Where what is kept goes. */
  readonly writer: ChunkWriter
  readonly names: WaitingNames
  /** Bytes at the head that are kept unseen. */
  readonly skipBytes: number
  /** Gaps that have not been written yet, and behind how many bytes they belong. */
  readonly pending: Gaps
  readonly pendingAtBytes: number
  readonly budget: GapBudget
  /**
   * Decides about each message, from the first to the last, by its length with all that goes with it, and by how many
   * bytes are kept in front of it.
   */
  readonly keeps: (bytes: number, keptBytes: number) => boolean
}

/** What a sweep has taken out. */
export interface Swept {
  messages: number
  /** Length of the messages alone. */
  bytes: number
  readonly byTopic: Map<string, number>
  /** The TRACK frames of messages that somebody waits for to be handled. */
  readonly tracks: Buffer[]
}

/**
 * One pass over what waits for a member: takes out messages in whole frames, each with its PICK, and puts gaps where
 * they were. The order of all else stays, and nothing else is taken out. Gaps from before, whose next message goes as
 * well, are told together with the new ones. What is missing behind the last message is left in `pending`.
 */
export class Sweep {
  readonly swept: Swept = { messages: 0, bytes: 0, byTopic: new Map(), tracks: [] }
  readonly #input: SweepInput
  readonly #gaps = new Gaps()
  #base = 0
  /** Bytes that are kept of what was seen, and not seen. */
  #keptBytes: number
  /** What a message in this segment brings along from the one before. */
  #carried: Buffer | undefined
  #keptFrom = 0
  #unitAt = -1

  constructor(input: SweepInput) {
    this.#input = input
    this.#keptBytes = input.skipBytes
  }

  run(segments: readonly Buffer[]): Swept {
    const { writer, skipBytes, pending, budget } = this.#input
    for (const segment of segments) {
      if (this.#base + segment.length <= skipBytes) writer.appendSlice(segment)
      else this.#segment(segment)
      this.#base += segment.length
    }
    this.#gaps.adopt(pending, budget)
    pending.become(this.#gaps)
    return this.swept
  }

  #segment(segment: Buffer): void {
    this.#keptFrom = 0
    this.#unitAt = -1
    for (let at = Math.max(0, this.#input.skipBytes - this.#base); at < segment.length;) {
      const end = at + layout.readU32(segment, at)
      if (this.#unitAt < 0) this.#unitAt = at
      if (!isPrefix(segment[at + 4])) {
        this.#unit(segment, at, end)
        this.#unitAt = -1
      }
      at = end
    }
    const openAt = this.#unitAt < 0 ? segment.length : this.#unitAt
    this.#keep(segment, openAt)
    if (openAt === segment.length) return
    const open = segment.subarray(openAt)
    this.#carried = this.#carried === undefined ? Buffer.from(open) : Buffer.concat([this.#carried, open])
  }

  /** A frame that ends what its prefixes began. */
  #unit(segment: Buffer, at: number, end: number): void {
    const { pending, pendingAtBytes, budget, names, keeps } = this.#input
    if (!pending.isEmpty && this.#base + this.#unitAt >= pendingAtBytes) this.#gaps.adopt(pending, budget)
    const kind = segment[at + 4]
    const bytes = end - this.#unitAt + (this.#carried?.length ?? 0)
    if (kind === FrameKind.GAP) {
      const name = segment.toString('utf8', at + 12, end)
      this.#gaps.add(name, this.#prefixes(segment, at).pick, layout.readU32(segment, at + 8), budget)
      this.#leaveOut(segment, end)
    } else if (!isMessage(kind)) {
      if (kind === FrameKind.TOPIC) names.tell(segment, at, end)
      // Whoever has waited for it may take no word of what was dropped before it any more.
      if (kind === FrameKind.PONG) this.#tellGaps(segment)
      this.#writeCarried()
      this.#keptBytes += bytes
    } else if (keeps(bytes, this.#keptBytes)) {
      this.#keptBytes += bytes
      this.#tellGaps(segment)
      this.#writeCarried()
    } else {
      const name = names.of(segment, at, end)
      const { pick, track } = this.#prefixes(segment, at)
      this.#gaps.add(name, pick, 1, budget)
      if (track !== undefined) this.swept.tracks.push(track)
      this.swept.messages += 1
      this.swept.bytes += end - at
      this.swept.byTopic.set(name, (this.swept.byTopic.get(name) ?? 0) + 1)
      this.#leaveOut(segment, end)
    }
  }

  /** Says what is missing in front of the frame that the pass has come to. */
  #tellGaps(segment: Buffer): void {
    if (this.#gaps.isEmpty) return
    this.#keep(segment, this.#unitAt)
    this.#gaps.writeTo(this.#input.writer)
  }

  /** What stands in front of the frame at `at` and speaks of it. */
  #prefixes(segment: Buffer, at: number): { pick?: Buffer; track?: Buffer } {
    const found: { pick?: Buffer; track?: Buffer } = {}
    const here = segment.subarray(this.#unitAt, at)
    const prefixes = this.#carried === undefined ? here : Buffer.concat([this.#carried, here])
    for (let start = 0; start < prefixes.length;) {
      const end = start + layout.readU32(prefixes, start)
      // Copies, because they outlive the segment.
      if (prefixes[start + 4] === FrameKind.PICK) found.pick = Buffer.from(prefixes.subarray(start, end))
      else if (prefixes[start + 4] === FrameKind.TRACK) found.track = Buffer.from(prefixes.subarray(start, end))
      start = end
    }
    return found
  }

  #leaveOut(segment: Buffer, end: number): void {
    this.#keep(segment, this.#unitAt)
    this.#carried = undefined
    this.#keptFrom = end
  }

  #writeCarried(): void {
    if (this.#carried !== undefined) this.#input.writer.appendCopy(this.#carried, 0, this.#carried.length)
    this.#carried = undefined
  }

  /** Writes all that is kept up to there. */
  #keep(segment: Buffer, end: number): void {
    const start = this.#keptFrom
    this.#keptFrom = end
    const bytes = end - start
    const { writer } = this.#input
    if (bytes >= sliceBytesMin && 2 * bytes >= segment.buffer.byteLength)
      writer.appendSlice(segment.subarray(start, end))
    else if (bytes > 0) writer.appendCopy(segment, start, end)
  }
}
