import { quoted } from '@clusterbus/protocol'
import type { OutgoingMessage, Sending, SendResult } from '../../interceptors.ts'
import { badOption } from '../check-arguments.ts'
import { isThenable } from '../running-handlers.ts'
import type { PublishInterceptor } from './interceptors.ts'

/**
 * Sends a message through interceptors, the first outermost, to `last`. A message goes out once at most, and in the call
 * itself: later it would overtake others.
 */
export function sendThrough(
  interceptors: readonly PublishInterceptor[],
  sending: Sending,
  message: OutgoingMessage,
  last: (message: OutgoingMessage) => SendResult,
): SendResult {
  let isOver = false
  const step = (index: number, current: OutgoingMessage): SendResult => {
    const interceptor = interceptors[index]
    if (interceptor === undefined) return last(current)
    let isPassedOn = false
    const next = (given: OutgoingMessage = current): SendResult => {
      if (isOver)
        throw misused(sending, current, 'next was called after the call had returned; call it before any await')
      if (isPassedOn) throw misused(sending, current, 'next was called twice, and a message is sent once')
      isPassedOn = true
      const result = step(index + 1, changed(sending, current, given))
      if (!isThenable(result)) return result
      // An interceptor may drop it and answer in another way: that it fails must not bring the process down.
      const kept = Promise.resolve(result)
      kept.catch(() => undefined)
      return kept
    }
    return interceptor.publish(current, next, sending)
  }
  try {
    return step(0, message)
  } finally {
    isOver = true
  }
}

function changed(sending: Sending, current: OutgoingMessage, given: unknown): OutgoingMessage {
  if (given === current) return current
  if (typeof given === 'object' && given !== null) return { ...current, ...given }
  throw misused(sending, current, 'next takes a message or nothing')
}

function misused({ kind }: Sending, { topic }: OutgoingMessage, why: string): Error {
  return badOption('interceptor', `${kind}(${quoted(topic)}): publish of an interceptor: ${why}`)
}
