import { FrameKind, layout, write } from '@clusterbus/protocol'
import type { FakeLink } from '@clusterbus/testkit'
import assert from 'node:assert/strict'
import { framed, numberFrame, subscribe } from '../../cluster/support/raw-frames.ts'

/** Counts what a link was given, and checks that each frame stands where it may. */
export class Reading {
  messages = 0
  /** Messages that it was told it has missed. */
  missed = 0
  readonly kinds: Set<number> = new Set()
  readonly #link: FakeLink

  constructor(link: FakeLink) {
    this.#link = link
  }

  /** Takes in what has come since the last time. Returns numbers that were withdrawn. */
  read(): number[] {
    const withdrawn: number[] = []
    let before = 0
    for (const frame of this.#link.frames.splice(0)) {
      const kind = frame[4] ?? 0
      const isMessage = kind === FrameKind.PUBLISH || kind === FrameKind.PUBLISH_NAMED
      if (before === FrameKind.TRACK) assert.ok(isMessage, `a TRACK in front of kind ${kind}`)
      if (before === FrameKind.PICK) {
        const mayFollow = isMessage || [FrameKind.TRACK, FrameKind.GAP, FrameKind.REQUEST].some((one) => one === kind)
        assert.ok(mayFollow, `a PICK in front of kind ${kind}`)
      }
      if (isMessage) this.messages += 1
      if (kind === FrameKind.GAP) {
        const missed = layout.readU32(frame, 8)
        assert.ok(missed > 0, 'a gap of nothing')
        this.missed += missed
      }
      if (kind === FrameKind.FORGET) withdrawn.push(layout.readU32(frame, 8))
      this.kinds.add(kind)
      before = kind
    }
    return withdrawn
  }
}

/** A member that subscribes to everything and reads when it is told to. It must miss nothing without being told. */
export class SlowReader {
  readonly link: FakeLink
  readonly id: number
  readonly reading: Reading
  /** How many messages had been published when it began. */
  readonly #since: number

  constructor(link: FakeLink, id: number, terms: string, published: number) {
    this.link = link
    this.id = id
    this.reading = new Reading(link)
    this.#since = published
    link.say(framed((writer) => write.writeText(writer, FrameKind.TERMS, terms)))
    link.say(subscribe(1, '>'), subscribe(2, 'fuzz.*', 'g'))
    link.takes = false
  }

  /** Has its link take all that waits, and answers what has to be answered. */
  readAll(): void {
    this.link.takes = true
    for (;;) {
      this.link.receiver?.onDrain()
      const withdrawn = this.reading.read()
      if (withdrawn.length === 0) break
      for (const number of withdrawn) this.link.say(numberFrame(FrameKind.FORGOT, number))
    }
    this.link.takes = false
  }

  /** Has its link take one portion, and then no more. */
  readSome(): void {
    this.link.receiver?.onDrain()
  }

  /** Call when it has read all. */
  assertToldOfAll(published: number): void {
    const { messages, missed } = this.reading
    assert.equal(messages + missed, published - this.#since, 'a message is missing, and nobody was told')
  }
}
