import type { Confirmation, Message } from './bus.ts'
import type { Headers } from '@clusterbus/protocol'
import type { Untyped } from './events.ts'

/** A message on its way out. */
export interface OutgoingMessage {
  readonly topic: string
  readonly data: Untyped
  /** What the caller gave, or what an interceptor before has made of it; empty when there were none. */
  readonly headers: Headers
}

/** The call that sends a message. */
export interface Sending {
  readonly kind: 'publish' | 'request'
  /** What the publisher waits for, if it does. */
  readonly confirm: 'routed' | 'handled' | undefined
}

/** What the call returns: of `publish` a boolean, of one that is confirmed and of a request a promise. */
export type SendResult = boolean | Promise<Confirmation> | Promise<Untyped>

/** What takes a message. */
export interface Delivering {
  readonly kind: 'handler' | 'responder' | 'iterator'
  /** What was subscribed to, or is answered. */
  readonly pattern: string
  readonly group: string | undefined
}

/** What stands around everything that a bus sends, everything that it hands over, or both. */
export interface Interceptor {
  /**
   * Stands around `publish` and `request`. It runs in the call itself. `next` sends the message, or the one that it is
   * given instead, and returns what the call returns, which this has to return as well; it can be called once, and only
   * before this returns. Whoever does not call it has kept the message back, and answers for it: `publish` with a boolean,
   * a call that somebody awaits with a promise. What this throws, the caller gets; of a `publish` that does not wait, once
   * the message has gone out, `error` tells it instead. An async function is for calls that are awaited: around any other,
   * `publish` throws `BAD_OPTION` and sends nothing.
   */
  publish?(message: OutgoingMessage, next: (message?: OutgoingMessage) => SendResult, sending: Sending): SendResult
  /**
   * Stands around the handling of a message. `next` calls the handler with the message, or with the one that it is given
   * instead, and returns what that returns; of a responder it is the reply. The message is handled when what this returns
   * has settled. What this throws counts as a failure of the handler. It may call `next` again, to try again, until it
   * is through; whoever does not call it has kept the message back. An iterator gets the message when this is through.
   */
  deliver?(message: Message, next: (message?: Message) => unknown, delivering: Delivering): unknown
}
