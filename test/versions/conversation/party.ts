import type { BusEvents } from '@clusterbus/client'
import { BusCore, type EventSink, type Turns } from '@clusterbus/client/core'
import { type Codec, resolveLimits, type ToldTerms } from '@clusterbus/protocol'
import { FakeLink, type ManualClock } from '@clusterbus/testkit'

const turns: Turns = {
  soon: (callback) => process.nextTick(callback),
  endOfTurn: (callback) => void setImmediate(callback),
}

export interface PartyOptions {
  readonly clock: ManualClock
  readonly codec?: Codec
  readonly terms?: ToldTerms
}

/** A bus of the conversation, with the end of a link that it talks into, and notes of all that it told its app. */
export class Party {
  readonly link: FakeLink = new FakeLink()
  readonly notes: string[] = []
  readonly bus: BusCore

  constructor({ clock, codec, terms }: PartyOptions) {
    const events: EventSink = {
      on: () => undefined,
      off: () => undefined,
      emit: <Name extends keyof BusEvents>(name: Name, ...[about]: BusEvents[Name]) => this.note(name, about),
    }
    let isLinked = false
    this.bus = new BusCore({
      connector: {
        seek: (found) => {
          // There is one link; when that is gone, no other is found.
          if (!isLinked) found.linked(this.link)
          isLinked = true
          return () => undefined
        },
      },
      clock,
      turns,
      events,
      limits: resolveLimits(),
      codec,
      ...(terms === undefined ? {} : { terms }),
      connectTimeoutMs: 60_000,
      drainTimeoutMs: 60_000,
      closed: () => undefined,
    })
    this.bus.start()
  }

  /** Errors by their code alone: their text may be put better one day. */
  note(what: string, about?: unknown): void {
    const shown: unknown = about instanceof Error && 'code' in about ? about.code : about
    this.notes.push(shown === undefined ? what : `${what} ${JSON.stringify(shown)}`)
  }

  /** Notes what a call comes to. */
  await(what: string, call: Promise<unknown>): void {
    call.then(
      (value) => this.note(what, value),
      (error: unknown) => this.note(`${what} failed`, error),
    )
  }
}
