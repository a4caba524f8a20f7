import { FrameKind, FrameStream, layout, read } from '@clusterbus/protocol'
import assert from 'node:assert/strict'
import { deniedTopic, guardedTopic } from './access.ts'
import type { PumpedLink } from './pump.ts'

/** Whoever sends the input: hears what the broker answers, and checks that it is well-formed. */
export class Attacker {
  readonly #link: PumpedLink
  readonly #stream = new FrameStream(2 ** 24)
  /** Kinds of the frames that came. */
  readonly heard: Set<number> = new Set()
  id = 0
  /** Messages of which it was told that it may not publish them. */
  refused = 0
  /** What the broker said when it closed the link. */
  farewell: { readonly code: string; readonly message: string } | undefined

  constructor(link: PumpedLink) {
    this.#link = link
    link.open({
      onChunk: (chunk) => this.#stream.push(chunk, (bytes, start, end) => this.#hear(bytes, start, end)),
      onDrain: () => undefined,
      onClose: () => undefined,
    })
  }

  say(chunk: Buffer): void {
    this.#link.write([chunk])
  }

  leave(): void {
    this.#link.destroy()
  }

  #hear(bytes: Buffer, start: number, end: number): void {
    assert.equal(this.farewell, undefined, 'something follows the farewell')
    const kind = bytes[start + 4] ?? 0
    this.heard.add(kind)
    if (kind === FrameKind.CLOSE)
      this.farewell = read.readFailure(bytes.toString('utf8', start + layout.baseBytes, end))
    if (kind === FrameKind.DENIED) this.#denied(bytes, start, end)
    if (kind === FrameKind.REPLY && bytes.toString('utf8', start, end).includes('publish to this topic'))
      this.refused += 1
    if (kind === FrameKind.TOPIC) assert.notEqual(bytes.toString('utf8', start + 12, end), deniedTopic)
    if (kind !== FrameKind.WELCOME) return
    const { member } = read.parseObject(bytes.toString('utf8', start + layout.baseBytes, end))
    if (typeof member === 'object' && member !== null && 'id' in member) this.id = Number(member.id)
  }

  #denied(bytes: Buffer, start: number, end: number): void {
    const count = layout.readU32(bytes, start + layout.baseBytes)
    assert.ok(count > 0, 'it is told of no message')
    assert.ok(
      [deniedTopic, guardedTopic].includes(bytes.toString('utf8', start + 12, end)),
      'it is told of what it may',
    )
    this.refused += count
  }
}
