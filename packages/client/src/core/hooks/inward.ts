import type { Handler, Message } from '../../bus.ts'
import { BusError, type Clock, describeThrown, type Member, quoted } from '@clusterbus/protocol'
import type { Delivering } from '../../interceptors.ts'
import type { Registration } from '../registration.ts'
import { badOption } from '../check-arguments.ts'
import type { HandlerRun, RunningHandlers } from '../running-handlers.ts'
import { isThenable } from '../running-handlers.ts'
import type { BusChannels } from './channels.ts'
import type { Interceptors } from './interceptors.ts'
import { observed } from './observed.ts'

/** What it takes to tell others what happens here. */
export interface InwardParts {
  readonly running: RunningHandlers
  readonly interceptors: Interceptors
  readonly clock: Clock
  readonly channels: BusChannels | undefined
  readonly member: () => Member | undefined
  /** Something failed of which nobody else hears. */
  readonly failed: (error: BusError) => void
}

/** A handler, or whatever else messages are handed to. */
type Last = (message: Message) => unknown

/** What stands around the handing over of messages: interceptors, and who listens to the diagnostics channels. */
export class Inward {
  readonly #parts: InwardParts

  constructor(parts: InwardParts) {
    this.#parts = parts
  }

  /** Whether nothing does, and nobody. */
  get isIdle(): boolean {
    const { interceptors, channels } = this.#parts
    if (interceptors.deliver.length > 0) return false
    return channels === undefined || !(channels.deliver.hasSubscribers || channels.respond.hasSubscribers)
  }

  /** Calls the handler as part of `run`. Returns what it returns, throws what it throws, or what an interceptor does. */
  call(of: Registration, run: HandlerRun, handler: Handler, message: Message): unknown {
    const { running } = this.#parts
    if (this.isIdle) return running.call(run, handler, message.data, message)
    // Each time it is called: an interceptor may have waited before.
    const last: Last = (given) => settlingOnce(running.call(run, handler, given.data, given))
    return running.call(run, () => this.#around(deliveringTo(of), message, last), undefined, undefined)
  }

  /**
   * Hands a message to an iterator: `given` is called with the message to be read, or none if it was kept back, when the
   * interceptors are through; `failed` when one of them has.
   */
  handOn(
    of: Registration,
    message: Message,
    given: (message: Message | undefined) => void,
    failed: (cause: unknown) => void,
  ): void {
    let read: Message | undefined
    try {
      const result = this.#around(deliveringTo(of), message, (last) => void (read = last))
      if (isThenable(result)) Promise.resolve(result).then(() => given(read), failed)
      else given(read)
    } catch (cause) {
      failed(cause)
    }
  }

  #around(delivering: Delivering, message: Message, last: Last): unknown {
    const { interceptors, channels } = this.#parts
    const channel = delivering.kind === 'responder' ? channels?.respond : channels?.deliver
    const observing = channel?.hasSubscribers === true ? this.#observing(delivering, last) : last
    if (interceptors.deliver.length === 0) return observing(message)
    return this.#through(delivering, message, observing)
  }

  #through(delivering: Delivering, message: Message, last: Last): unknown {
    const { interceptors, failed } = this.#parts
    const { deliver } = interceptors
    let isThrough = false
    let isTold = false
    // What next has returned, the interceptor may have dropped: that it fails must not bring the process down.
    const dropped = (cause: unknown): void => {
      if (!isThrough || isTold) return
      isTold = true
      failed(failedUnseen(delivering.pattern, message, cause))
    }
    const step = (index: number, current: Message): unknown => {
      const interceptor = deliver[index]
      if (interceptor === undefined) return last(current)
      const next = (given: Message = current): unknown => {
        if (isThrough) throw tooLate(delivering.pattern)
        const passedOn = settlingOnce(step(index + 1, changed(current, given, delivering.pattern)))
        if (passedOn instanceof Promise) passedOn.catch(dropped)
        return passedOn
      }
      return interceptor.deliver(current, next, delivering)
    }
    const end = (): void => void (isThrough = true)
    let result: unknown
    try {
      result = step(0, message)
    } catch (error) {
      end()
      throw error
    }
    if (isThenable(result)) return Promise.resolve(result).finally(end)
    end()
    return result
  }

  #observing(delivering: Delivering, last: Last): Last {
    const { clock, channels, member } = this.#parts
    return (message) =>
      observed(
        clock,
        () => last(message),
        (outcome) => {
          const { durationMs } = outcome
          const told = { ...delivering, member: member(), message, durationMs }
          const failure = 'error' in outcome ? { error: outcome.error } : {}
          if (delivering.kind !== 'responder') channels?.deliver.publish({ ...told, ...failure })
          else channels?.respond.publish({ ...told, ...('value' in outcome ? { reply: outcome.value } : failure) })
        },
      )
  }
}

function deliveringTo({ spec }: Registration): Delivering {
  const { pattern, group, responder, handler } = spec
  return { kind: responder ? 'responder' : handler === undefined ? 'iterator' : 'handler', pattern, group }
}

function changed(current: Message, given: unknown, pattern: string): Message {
  if (given === current) return current
  if (typeof given === 'object' && given !== null) return { ...current, ...given }
  throw badOption(
    'interceptor',
    `deliver of an interceptor, on ${JSON.stringify(pattern)}: next takes a message or nothing`,
  )
}

/** Of a thenable, a promise: whoever is interested can ask that again, and some begin anew whenever they are asked. */
function settlingOnce(result: unknown): unknown {
  return isThenable(result) ? Promise.resolve(result) : result
}

function failedUnseen(pattern: string, { topic, from }: Message, cause: unknown): BusError {
  const { name, message: why } = describeThrown(cause)
  const text = `deliver of an interceptor, on ${quoted(pattern)}: what next returned has failed after the interceptor was through: ${name}: ${why}; return or await what next returns`
  return new BusError('HANDLER_FAILED', text, { topic, member: from, cause })
}

function tooLate(pattern: string): Error {
  const why = 'next was called after the message was handled; return or await what next returns'
  return badOption('interceptor', `deliver of an interceptor, on ${JSON.stringify(pattern)}: ${why}`)
}
