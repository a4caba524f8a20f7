import { BusError, type Clock, quoted } from '@clusterbus/protocol'
import type { Handler, Message, OnceOptions } from '../bus.ts'
import { closedError } from './ended.ts'
import type { LocalSubscription } from './local-subscription.ts'
import { aborted } from './pending-requests.ts'

/** What waiting for one message needs of a bus. */
interface Waiting {
  /** Makes a subscription to one message. Throws `QUEUE_FULL`. */
  subscribe(handler: Handler): LocalSubscription
  register(subscription: LocalSubscription): void
  readonly clock: Clock
  isOpen(): boolean
}

/** The next message that matches. Rejects as `once` does; leaves no timer and no listener behind. */
export function nextMessage(pattern: string, { signal, timeout }: OnceOptions, bus: Waiting): Promise<Message> {
  const call = `once(${quoted(pattern)})`
  if (signal?.aborted === true) return Promise.reject(aborted(call, pattern, signal))
  return new Promise((resolve, reject) => {
    let reason: BusError | undefined
    const subscription = bus.subscribe((_, message: Message) => resolve(message))
    const giveUp = (error: BusError): void => {
      reason = error
      subscription.unsubscribe()
    }
    const abort = (): void => giveUp(aborted(call, pattern, signal))
    const expire = (): void => {
      const fields = { topic: pattern, timeoutMs: timeout ?? 0 }
      giveUp(new BusError('TIMEOUT', `${call}: no message within ${timeout} ms`, fields))
    }
    const cancelTimer = timeout === undefined ? undefined : bus.clock.after(timeout, expire, true)
    signal?.addEventListener('abort', abort)
    void subscription.closed.then(() => {
      cancelTimer?.()
      signal?.removeEventListener('abort', abort)
      // Without effect when the message has come.
      reject(reason ?? subscription.refusal ?? (bus.isOpen() ? keptBack(call, pattern) : closedError(call, pattern)))
    })
    bus.register(subscription)
  })
}

/** The message has come, and ended the subscription; an interceptor did not hand it on. */
function keptBack(call: string, topic: string): BusError {
  const message = `${call}: the message came, and an interceptor has kept it back or failed; 'error' says how it failed`
  return new BusError('HANDLER_FAILED', message, { topic })
}
