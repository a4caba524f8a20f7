import type { Clock, Codec, Limits, ToldTerms } from '@clusterbus/protocol'
import type { BusEvents } from '../bus.ts'
import type { Connector } from './connection.ts'
import type { BusChannels } from './hooks/channels.ts'
import type { SchemaCheck } from './schemas/schema-check.ts'

/** When work that was put off is done. */
export interface Turns {
  /** After what runs now, before any I/O. */
  soon(callback: () => void): void
  /** At the end of this turn of the event loop, when all I/O that was ready has been handled. */
  endOfTurn(callback: () => void): void
}

/** Where lifecycle events go. It never throws. */
export interface EventSink {
  on<Name extends keyof BusEvents>(name: Name, listener: (...args: BusEvents[Name]) => void): void
  off<Name extends keyof BusEvents>(name: Name, listener: (...args: BusEvents[Name]) => void): void
  emit<Name extends keyof BusEvents>(name: Name, ...args: BusEvents[Name]): void
}

/** All that a bus needs from the process it lives in, and what its owner chose. Passed in, so a simulator can hold it. */
export interface BusEnvironment {
  readonly connector: Connector
  readonly clock: Clock
  readonly turns: Turns
  readonly events: EventSink
  readonly limits: Limits
  readonly codec: Codec | undefined
  /** What becomes of messages that this bus does not take in time, as far as its owner has chosen. */
  readonly terms?: ToldTerms
  /** What the data of topics must be, where the owner has said. */
  readonly schemas?: SchemaCheck | undefined
  /** Whom to tell what the bus does, if anybody listens. */
  readonly channels?: BusChannels
  readonly connectTimeoutMs: number
  readonly drainTimeoutMs: number
  /** Called once, when the bus is closed and has let go of everything; waited for. */
  readonly closed: () => void | Promise<void>
}
