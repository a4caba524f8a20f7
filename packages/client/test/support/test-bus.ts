import {
  type Codec,
  FrameKind,
  layout,
  type Limits,
  type Link,
  resolveLimits,
  type ToldTerms,
  write,
} from '@clusterbus/protocol'
import { FakeLink, ManualClock } from '@clusterbus/testkit'
import type { BusEvents } from '../../src/bus.ts'
import { BusCore } from '../../src/core/bus-core.ts'
import type { Connector } from '../../src/core/connection.ts'
import type { EventSink } from '../../src/core/environment.ts'
import { written } from './frames.ts'

export interface TestBusOptions {
  readonly codec?: Codec
  readonly limits?: Partial<Limits>
  readonly terms?: ToldTerms
  readonly longestPauseMs?: number
}

/** A bus whose time, links and turns are in the hand of a test. */
export class TestBus {
  readonly core: BusCore
  readonly clock: ManualClock = new ManualClock()
  readonly events: [name: string, ...unknown[]][] = []
  #linked: ((link: Link) => void) | undefined
  #link: FakeLink | undefined
  #endOfTurn: (() => void)[] = []

  constructor({ codec, limits = {}, terms, longestPauseMs }: TestBusOptions = {}) {
    const connector: Connector = {
      ...(longestPauseMs === undefined ? {} : { longestPauseMs }),
      seek: (found) => {
        this.#linked = (link) => found.linked(link)
        return () => (this.#linked = undefined)
      },
    }
    const events: EventSink = {
      on: () => undefined,
      off: () => undefined,
      emit: <Name extends keyof BusEvents>(name: Name, ...args: BusEvents[Name]) =>
        void this.events.push([name, ...args]),
    }
    this.core = new BusCore({
      connector,
      clock: this.clock,
      turns: { soon: (callback) => callback(), endOfTurn: (callback) => void this.#endOfTurn.push(callback) },
      events,
      limits: resolveLimits(limits),
      codec,
      ...(terms === undefined ? {} : { terms }),
      connectTimeoutMs: 5_000,
      drainTimeoutMs: 1_000,
      closed: () => undefined,
    })
    this.core.start()
  }

  /** Whether it looks for a broker, and has found none. */
  get isLooking(): boolean {
    return this.#linked !== undefined
  }

  /** Codes of the errors that were reported. */
  get errors(): unknown[] {
    return this.events.filter(([name]) => name === 'error').map(([, error]) => Object(error).code)
  }

  /** The bus finds that link when it looks for a broker; no broker has spoken yet. */
  offer(link: FakeLink): void {
    this.#link = link
    this.clock.pass(1_000)
    const linked = this.#linked
    this.#linked = undefined
    linked?.(link)
  }

  /** A link to a broker that has just let the bus in as member `id`. */
  connect(id = 1, payloadBytes = 1024 * 1024, link: FakeLink = new FakeLink(), version: unknown = 1): FakeLink {
    this.offer(link)
    const welcome = { version, member: { id, name: 'n', pid: 1, kind: 'cluster' }, limits: { payloadBytes } }
    link.say(written((writer) => write.writeText(writer, FrameKind.WELCOME, JSON.stringify(welcome))))
    return link
  }

  /** The link breaks; what it had not taken is kept. */
  disconnect(): void {
    this.#link?.receiver?.onClose()
  }

  /** All that was put off to the end of the turn. */
  endTurn(): void {
    for (const callback of this.#endOfTurn.splice(0)) callback()
  }

  /** From now on the link takes nothing: what is said waits in the bus. */
  fill(link: FakeLink): void {
    link.takes = false
    this.core.publish('fills.the.link', 'x')
    this.endTurn()
  }
}

/** Topics of the messages that were said by name. */
export function topicsOf(link: FakeLink): string[] {
  return link
    .ofKind(FrameKind.PUBLISH_NAMED)
    .map((frame) =>
      frame.toString('utf8', layout.publishBytes, layout.publishBytes + layout.readU32(frame, layout.topicAt)),
    )
}
