import type { Confirmation, ConfirmOptions, PublishOptions, RequestOptions } from '../../bus.ts'
import {
  BusError,
  type Clock,
  describeThrown,
  encodeHeaders,
  type Member,
  noHeaders,
  quoted,
} from '@clusterbus/protocol'
import type { Untyped } from '../../events.ts'
import type { OutgoingMessage, Sending, SendResult } from '../../interceptors.ts'
import * as check from '../check-arguments.ts'
import type { Publishing } from '../publishing.ts'
import type { Requesting } from '../requesting.ts'
import { isThenable } from '../running-handlers.ts'
import type { BusChannels } from './channels.ts'
import type { Interceptors } from './interceptors.ts'
import { observed } from './observed.ts'
import { sendThrough } from './send-through.ts'

/** What it takes to send, and to tell others of it. */
export interface OutwardParts {
  readonly publishing: Publishing
  readonly requesting: Requesting
  readonly interceptors: Interceptors
  readonly clock: Clock
  readonly channels: BusChannels | undefined
  readonly member: () => Member | undefined
  /** Throws when the bus may not say anything any more. */
  readonly assertMaySpeak: (call: string, topic: string) => void
  /** Something failed of which nobody else hears. */
  readonly failed: (error: BusError) => void
}

type Last<Result> = (message: OutgoingMessage) => Result
type Options = { readonly headers?: Readonly<Record<string, string>> }

/** What a bus sends, on its way through interceptors and past the diagnostics channels. */
export class Outward {
  readonly #parts: OutwardParts

  constructor(parts: OutwardParts) {
    this.#parts = parts
  }

  /** Throws what publishing throws, and what interceptors throw. */
  publish(
    topic: string,
    data: unknown,
    options: PublishOptions | ConfirmOptions | undefined,
  ): boolean | Promise<Confirmation> {
    const { publishing, requesting, interceptors, channels } = this.#parts
    const isIdle = interceptors.publish.length === 0 && channels?.publish.hasSubscribers !== true
    if (options !== undefined && check.isConfirming(options, topic)) {
      if (isIdle) return requesting.confirm(topic, data, options)
      return this.#confirm(this.#message('publish', topic, data, options), options)
    }
    if (isIdle) return publishing.publish(topic, data, options ?? {})
    return this.#publish(this.#message('publish', topic, data, options), options ?? {})
  }

  /** Rejects with what asking rejects with, and what interceptors throw. */
  async request(topic: string, data: unknown, options: RequestOptions = {}): Promise<Untyped> {
    const { requesting, interceptors, channels } = this.#parts
    check.requestOptions(topic, options)
    if (interceptors.publish.length === 0 && channels?.request.hasSubscribers !== true) {
      return requesting.request(topic, data, options)
    }
    return this.#request(this.#message('request', topic, data, options), options)
  }

  /** An error means that nothing was sent. So what goes wrong once the bus has the message, the caller does not get. */
  #publish(message: OutgoingMessage, options: PublishOptions): boolean {
    const { publishing, interceptors, failed } = this.#parts
    if (interceptors.hasAsyncPublish) throw cannotWait(message.topic)
    const taken: { answer?: boolean } = {}
    const last: Last<boolean> = ({ topic, data, headers }) =>
      (taken.answer = publishing.publish(topic, data, withHeaders(options, headers)))
    let result: SendResult
    try {
      result = this.#send({ kind: 'publish', confirm: undefined }, message, last)
    } catch (error) {
      if (taken.answer === undefined) throw error
      failed(failedAfterwards(message.topic, error))
      return taken.answer
    }
    if (typeof result === 'boolean') return result
    const wrong = noResult(message.topic, 'publish', 'a boolean', result)
    if (taken.answer === undefined) throw wrong
    failed(wrong)
    return taken.answer
  }

  #confirm(message: OutgoingMessage, options: ConfirmOptions): Promise<Confirmation> {
    const last: Last<Promise<Confirmation>> = ({ topic, data, headers }) =>
      this.#parts.requesting.confirm(topic, data, withHeaders(options, headers))
    const result = this.#send({ kind: 'publish', confirm: options.confirm }, message, last)
    if (isThenable(result)) return Promise.resolve(result)
    throw noResult(message.topic, 'publish', 'a promise', result)
  }

  #request(message: OutgoingMessage, options: RequestOptions): Promise<Untyped> {
    const { clock, channels, requesting, member } = this.#parts
    const ask: Last<Promise<Untyped>> = ({ topic, data, headers }) =>
      requesting.request(topic, data, withHeaders(options, headers))
    const last: Last<Promise<Untyped>> = (asked) =>
      observed(
        clock,
        () => ask(asked),
        ({ durationMs, ...outcome }) => {
          const ended = 'error' in outcome ? outcome : { reply: outcome.value }
          channels?.request.publish({ member: member(), message: asked, durationMs, ...ended })
        },
      )
    const sending: Sending = { kind: 'request', confirm: undefined }
    const result = this.#send(sending, message, channels?.request.hasSubscribers === true ? last : ask)
    if (isThenable(result)) return Promise.resolve(result)
    throw noResult(message.topic, 'request', 'a promise', result)
  }

  /** Sends it through all interceptors; whoever listens to `clusterbus:publish` hears what became of it. */
  #send<Result extends SendResult>(sending: Sending, message: OutgoingMessage, last: Last<Result>): SendResult {
    const { interceptors, channels, assertMaySpeak } = this.#parts
    const isTold = sending.kind === 'publish' && channels?.publish.hasSubscribers === true
    return sendThrough(interceptors.publish, sending, message, (passed) => {
      // An interceptor may have closed the bus.
      assertMaySpeak(sending.kind, passed.topic)
      return isTold ? this.#telling(sending, passed, last) : last(passed)
    })
  }

  #telling<Result>({ confirm }: Sending, message: OutgoingMessage, last: Last<Result>): Result {
    const { channels, member } = this.#parts
    let failure: { readonly error?: unknown } = {}
    try {
      return last(message)
    } catch (error) {
      failure = { error }
      throw error
    } finally {
      channels?.publish.publish({ member: member(), message, confirm, ...failure })
    }
  }

  /** What interceptors see. Throws `UNENCODABLE` or `PAYLOAD_TOO_LARGE` for headers that could not be sent. */
  #message(call: string, topic: string, data: unknown, options: Options | undefined): OutgoingMessage {
    const headers = options?.headers
    if (headers === undefined) return { topic, data, headers: noHeaders }
    encodeHeaders(headers, `${call}(${quoted(topic)})`)
    return { topic, data, headers }
  }
}

function withHeaders<Given extends Options>(options: Given, headers: Readonly<Record<string, string>>): Given {
  return headers === noHeaders ? options : { ...options, headers }
}

function noResult(topic: string, call: string, wanted: string, result: unknown): BusError {
  // Nobody gets the promise, so nobody else would hear of its rejection.
  if (isThenable(result)) result.then(undefined, () => undefined)
  const why = `an interceptor has returned ${isThenable(result) ? 'a promise' : typeof result} where this call returns ${wanted}`
  return check.badOption('interceptor', `${call}(${quoted(topic)}): ${why}; it must return what next returns`)
}

function cannotWait(topic: string): BusError {
  const why = 'publish of an interceptor is an async function, and this call waits for nothing, so nothing was sent'
  const remedy = 'make it a plain function that returns what next returns'
  return check.badOption('interceptor', `publish(${quoted(topic)}): ${why}; ${remedy}`)
}

function failedAfterwards(topic: string, cause: unknown): BusError {
  const { name, message: why } = describeThrown(cause)
  const text = `publish(${quoted(topic)}): publish of an interceptor has failed after the message had gone out: ${name}: ${why}`
  return new BusError('HANDLER_FAILED', text, { topic, cause })
}
