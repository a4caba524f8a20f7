import type { Message } from '@clusterbus/client'
import { type Context, propagation, ROOT_CONTEXT } from '@opentelemetry/api'

type Headers = Message['headers']

/**
 * The context that a message has brought, as the global propagator reads it from the headers; the root where there is none.
 * For messages that were read by an iterator: `context.with(contextOf(message), () => handle(message))`.
 */
export function contextOf(message: Pick<Message, 'headers'>): Context {
  return propagation.extract(ROOT_CONTEXT, message.headers)
}

/** The headers with what the global propagator has to say of a context; what was forwarded from another message gives way. */
export function withContext(headers: Headers, context: Context): Headers {
  const injected: Record<string, string> = {}
  propagation.inject(context, injected)
  return { ...headers, ...injected }
}
