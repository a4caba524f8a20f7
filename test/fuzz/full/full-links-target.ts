import { BrokerCore } from '@clusterbus/broker/core'
import { BusError, resolveLimits } from '@clusterbus/protocol'
import { FakeLink, ManualClock } from '@clusterbus/testkit'
import assert from 'node:assert/strict'
import { message } from '../../cluster/support/raw-frames.ts'
import { conversation, termsTold } from '../broker/generate.ts'
import type { Input } from '../engine/input.ts'
import { mutateFrames } from '../engine/mutate-frames.ts'
import { refusalOf } from '../engine/refusal.ts'
import type { Outcome, Target } from '../engine/target.ts'
import { Reading, SlowReader } from './slow-reader.ts'

const limits = resolveLimits({ payloadBytes: 4_096, topicNames: 4, subscriptions: 8, pendingRequests: 4 })
const attackerPid = 2
const payload = Buffer.alloc(1_500, 'x')

/** What those who do not read have asked for, by messages and by bytes. */
const termsOf = [
  '{"overflow":"drop-oldest","memberMessages":12}',
  '{"overflow":"drop-newest","memberMessages":8}',
  '{"overflow":"drop-oldest","conflate":"topic","memberMessages":10}',
  '{"overflow":"drop-newest","conflate":"topic","queuedBytes":20000}',
  '{"overflow":"drop-oldest","queuedBytes":12000}',
] as const

/** A broker whose members seldom read, so that what a hostile one sends is dropped, conflated and told of as gaps. */
export function fullLinksTarget(): Target {
  const world = new World()
  return {
    generate: (random) => (random.below(3) === 0 ? conversation(random) : [termsTold(random), ...conversation(random)]),
    mutate: mutateFrames,
    take: (input) => world.take(input),
    settle: () => Promise.resolve(),
  }
}

class World {
  readonly #clock = new ManualClock()
  #reports: BusError[] = []
  readonly #broker: BrokerCore
  readonly #feeder: FakeLink
  readonly #readers: SlowReader[]
  #fed = 0
  /** Messages that the links of members took that are gone. */
  #takenByGone = 0

  constructor() {
    const report = (error: BusError): void => void this.#reports.push(error)
    this.#broker = new BrokerCore({ limits, stallMs: 1_000, clock: this.#clock, report })
    this.#feeder = this.#join('feeder').link
    this.#readers = termsOf.map((terms) => this.#newReader(terms))
  }

  take(input: Input): Outcome {
    this.#reports = []
    const { dropped } = this.#broker.stats()
    const { link, id } = this.#join('attacker', attackerPid)
    const attacker = new Reading(link)
    for (const chunk of input) {
      // What else happens follows from how the chunks are cut, so that the same input does the same again.
      link.takes = chunk.length % 3 === 0
      if (link.takes) link.receiver?.onDrain()
      link.say(chunk)
      this.#feed()
      if (chunk.length % 5 === 0) this.#readers[chunk.length % termsOf.length]?.readSome()
      this.#assertAccounted(attacker)
    }
    link.receiver?.onClose()
    this.#broker.processExited(attackerPid)
    this.#assertAccounted(attacker)
    this.#takenByGone += attacker.messages
    assert.equal(this.#feeder.paused, false, 'somebody is held back by a member that is gone')
    const refusal = this.#refusalOf(id)
    this.#readAll()
    const isDropped = this.#broker.stats().dropped > dropped
    return { path: `${[...attacker.kinds].sort((a, b) => a - b).join()} ${isDropped} ${refusal}`, refusal }
  }

  #join(name: string, pid = 1): { link: FakeLink; id: number } {
    const link = new FakeLink()
    this.#broker.accept(link, { name, pid, kind: 'socket' })
    return { link, id: this.#broker.members().at(-1)?.id ?? 0 }
  }

  #newReader(terms: string): SlowReader {
    const { link, id } = this.#join('reader')
    return new SlowReader(link, id, terms, this.#broker.stats().published)
  }

  #feed(): void {
    this.#fed += 1
    this.#feeder.say(message({ name: `feed.n${this.#fed % 3}`, payload }))
  }

  /** Every copy is with a link, was dropped, is lost, or waits; and no more wait than may. */
  #assertAccounted(attacker: Reading): void {
    attacker.read()
    let taken = this.#takenByGone + attacker.messages
    for (const { reading } of this.#readers) {
      reading.read()
      taken += reading.messages
    }
    const { delivered, dropped, lost, queuedMessages, drops } = this.#broker.stats()
    assert.equal(delivered, taken + dropped + lost + queuedMessages, 'copies are not accounted for')
    assert.equal(
      drops.reduce((sum, { messages }) => sum + messages, 0),
      dropped,
    )
  }

  /** Only who sent the input may be sent away for it; or who has more waiting that cannot be dropped than it asked for. */
  #refusalOf(attacker: number): string | undefined {
    let refusal: string | undefined
    for (const report of this.#reports) {
      const { code, cause, member, message: said } = report
      if (member !== attacker) {
        assert.match(said, /no messages, and cannot be dropped/)
        continue
      }
      assert.ok(code === 'BAD_FRAME' || code === 'QUEUE_FULL', code)
      if (code === 'BAD_FRAME') assert.ok(cause instanceof BusError, `not refused, but stumbled over: ${String(cause)}`)
      refusal = refusalOf(cause ?? report)
    }
    return refusal
  }

  #readAll(): void {
    for (const [index, reader] of this.#readers.entries()) {
      const isMember = this.#broker.members().some(({ id }) => id === reader.id)
      reader.readAll()
      if (isMember) reader.assertToldOfAll(this.#broker.stats().published)
      else this.#replace(index, reader)
    }
    const { members, pendingRequests, queuedMessages } = this.#broker.stats()
    const expected = { members: 1 + termsOf.length, pendingRequests: 0, queuedMessages: 0 }
    assert.deepEqual({ members, pendingRequests, queuedMessages }, expected)
    // That of the heartbeats.
    assert.equal(this.#clock.timers, 1)
  }

  #replace(index: number, { link, reading }: SlowReader): void {
    link.receiver?.onClose()
    this.#takenByGone += reading.messages
    this.#readers[index] = this.#newReader(termsOf[index] ?? '{}')
  }
}
