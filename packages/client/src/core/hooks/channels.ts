import type { Message } from '../../bus.ts'
import type { Member } from '@clusterbus/protocol'
import type { Untyped } from '../../events.ts'
import type { Delivering, OutgoingMessage, Sending } from '../../interceptors.ts'

/** Where a bus tells what it does: a channel of `node:diagnostics_channel`. */
interface BusChannel<Told> {
  readonly hasSubscribers: boolean
  /** Never throws. */
  publish(told: Told): void
}

/** The channels of one process: `clusterbus:publish` and so on. All of its buses share them. */
export interface BusChannels {
  readonly publish: BusChannel<PublishTold>
  readonly deliver: BusChannel<DeliverTold>
  readonly request: BusChannel<RequestTold>
  readonly respond: BusChannel<RespondTold>
}

interface Told {
  /** The bus that tells, as its broker knows it; `undefined` while it is not connected. */
  readonly member: Member | undefined
  /** What was thrown, if it has failed. */
  readonly error?: unknown
}

interface Timed extends Told {
  readonly durationMs: number
}

/** `clusterbus:publish`: a message was taken by its bus, or refused. `message` is as the last interceptor passed it on. */
export interface PublishTold extends Told, Pick<Sending, 'confirm'> {
  readonly message: OutgoingMessage
}

/** `clusterbus:request`: a request was answered, or has failed. */
export interface RequestTold extends Timed {
  readonly message: OutgoingMessage
  readonly reply?: Untyped
}

/** `clusterbus:deliver`: a handler is through with a message, or an iterator was given it. */
export interface DeliverTold extends Timed, Delivering {
  readonly message: Message
}

/** `clusterbus:respond`: a responder is through with a request. */
export interface RespondTold extends Timed, Delivering {
  readonly message: Message
  readonly reply?: Untyped
}
