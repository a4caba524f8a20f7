import { BusCore } from '@clusterbus/client/core'
import { msgpackCodec } from '@clusterbus/codec-msgpack'
import { BusError, FrameKind, type Link, resolveLimits, write } from '@clusterbus/protocol'
import { FakeLink, ManualClock } from '@clusterbus/testkit'
import assert from 'node:assert/strict'
import { framed, message } from '../../cluster/support/raw-frames.ts'
import type { Input } from '../engine/input.ts'
import { mutateFrames } from '../engine/mutate-frames.ts'
import { refusalOf } from '../engine/refusal.ts'
import type { Outcome, Target } from '../engine/target.ts'
import { brokersWords } from './generate.ts'

const limits = resolveLimits({ payloadBytes: 4_096, queuedMessages: 64 })
const codec = msgpackCodec()

/** A bus at work, to which a broker says anything. Afterwards it must find the next broker, and work with it as ever. */
export function busTarget(): Target {
  const rejections: unknown[] = []
  return {
    generate: brokersWords,
    mutate: mutateFrames,
    take: (input) => take(input, (reason) => rejections.push(reason)),
    async settle() {
      await new Promise((resolve) => void setImmediate(resolve))
      for (const reason of rejections.splice(0)) refusalIn(reason)
    },
  }
}

function take(input: Input, rejected: (reason: unknown) => void): Outcome {
  const bus = new ListeningBus(rejected)
  const link = new FakeLink()
  bus.find(link)
  for (const chunk of input) if (!link.destroyed) link.receiver?.onChunk(chunk)
  bus.publish(/^PAYLOAD_TOO_LARGE|^NOT_ALLOWED/)
  link.receiver?.onClose()
  bus.run()
  const refusals = bus.errors.map(refusalIn)
  assert.equal(link.destroyed, refusals.some(isBadFrame), 'a link was closed without a reason, or kept with one')
  const heardBefore = bus.heard
  bus.errors.length = 0
  // The one before may have refused any of the others.
  bus.hear('always')
  bus.find(new FakeLink(), [goodWelcome, goodMessage])
  assert.deepEqual(bus.errors, [], 'the next broker is not understood')
  assert.equal(bus.heard, heardBefore + 1, 'a message of the next broker is not heard')
  // Nothing that the one before has refused holds any more.
  bus.publish(/^$/)
  assert.ok(Number.isSafeInteger(bus.core.stats().refused))
  void bus.core.close()
  const kinds = new Set(link.frames.map((frame) => frame[4] ?? 0))
  const path = `${[...kinds].sort((a, b) => a - b).join()} ${Math.min(heardBefore, 9)} ${[...new Set(refusals)].sort().join()}`
  return { path, refusal: refusals.find(isBadFrame) ?? refusals[0] }
}

/** The broker's own words may be anything; only those of the bus say what it met. */
function refusalIn(error: unknown): string {
  const refusal = refusalOf(error)
  if (/^(UNDECODABLE|UNKNOWN_CODEC)/.test(refusal) || isBadFrame(refusal)) return refusal
  return error instanceof BusError ? `${error.code}: as the broker says` : refusal
}

/** The reason of a link that the bus closed itself. */
function isBadFrame(refusal: string): boolean {
  return /^(BAD_FRAME: what the broker sent could not be handled|VERSION_MISMATCH: the broker speaks)/.test(refusal)
}

const goodWelcome = framed((writer) => {
  const member = { id: 9, name: 'n', pid: 1, kind: 'cluster' }
  write.writeText(writer, FrameKind.WELCOME, JSON.stringify({ version: 1, member, limits: { payloadBytes: 4_096 } }))
})
const goodMessage = message({ name: 'always', sender: 8, payload: Buffer.from('"recovered"') })

/** A bus with a subscription of each sort, a responder, and calls that wait for their answers. */
class ListeningBus {
  readonly core: BusCore
  readonly errors: BusError[] = []
  /** Messages that handlers were given. */
  heard = 0
  readonly #clock = new ManualClock()
  #found: ((link: Link) => void) | undefined
  #tasks: (() => void)[] = []

  constructor(rejected: (reason: unknown) => void) {
    const turn = (task: () => void): void => void this.#tasks.push(task)
    this.core = new BusCore({
      connector: {
        seek: (found) => {
          this.#found = (link) => found.linked(link)
          return () => (this.#found = undefined)
        },
      },
      clock: this.#clock,
      turns: { soon: turn, endOfTurn: turn },
      events: {
        on: () => undefined,
        off: () => undefined,
        emit: (name, ...args) => {
          const [error] = args
          if (name === 'error' && error instanceof BusError) this.errors.push(error)
        },
      },
      limits,
      codec,
      connectTimeoutMs: 60_000,
      drainTimeoutMs: 1_000,
      closed: () => undefined,
    })
    this.core.start()
    for (const pattern of ['fuzz.a', 'fuzz.>', '$sys.>']) this.hear(pattern)
    this.hear('fuzz.*', { group: 'g', max: 3 })
    this.core.respond('fuzz.echo', (data: unknown) => data)
    for (const topic of ['one', 'two']) this.core.request(topic, 1).catch(rejected)
    this.core.flush().catch(rejected)
  }

  hear(pattern: string, options: { readonly group?: string; readonly max?: number } = {}): void {
    this.core.subscribe(pattern, () => void (this.heard += 1), options)
  }

  /** The bus finds that link when it looks for a broker, which says `words`. */
  find(link: FakeLink, words: readonly Buffer[] = []): void {
    this.#clock.pass(1_000)
    assert.ok(this.#found !== undefined, 'it does not look for a broker')
    this.#found(link)
    link.say(...words)
    this.run()
  }

  /** Says something itself, which may be too much for what the broker has said that it takes, or nothing that it takes. */
  publish(refusal: RegExp): void {
    try {
      this.core.publish('fuzz.a', 'still at work')
    } catch (error) {
      assert.match(refusalOf(error), refusal)
    }
    this.run()
  }

  /** All that was put off. */
  run(): void {
    for (const task of this.#tasks.splice(0)) task()
  }
}
