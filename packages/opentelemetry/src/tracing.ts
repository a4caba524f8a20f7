import type { Interceptor } from '@clusterbus/client'
import { type Context, context, type Span, SpanStatusCode, trace } from '@opentelemetry/api'
import { contextOf, withContext } from './carrier.ts'
import { describeDelivering, describeSending, type SpanDescription } from './attributes.ts'

/**
 * An interceptor that makes a span of each publish and request, carries its context in the headers as the global
 * propagator does (W3C `traceparent`), and makes a span of each handling, as a child of that, active while the handler
 * runs. Without an SDK it does nothing. Use it before others, so that theirs is part of the spans.
 *
 * ```ts
 * bus.use(tracing())
 * ```
 */
export function tracing(): Required<Interceptor> {
  return {
    publish: (message, next, sending) => {
      const { span, spanned } = begin(describeSending(message, sending), context.active())
      return during(span, () => next({ ...message, headers: withContext(message.headers, spanned) }))
    },
    deliver: (message, next, delivering) => {
      const { span, spanned } = begin(describeDelivering(message.topic, delivering), contextOf(message))
      return during(span, () => context.with(spanned, next))
    },
  }
}

function begin({ name, kind, attributes }: SpanDescription, parent: Context): { span: Span; spanned: Context } {
  // Asked for each time: an SDK may have been registered since.
  const span = trace.getTracer('@clusterbus/opentelemetry').startSpan(name, { kind, attributes }, parent)
  return { span, spanned: trace.setSpan(parent, span) }
}

/** Makes the call, and ends the span when it has ended: a promise, when it has settled. */
function during<Result>(span: Span, call: () => Result): Result {
  try {
    const result = call()
    if (isThenable(result)) {
      result.then(
        () => span.end(),
        (error: unknown) => fail(span, error),
      )
    } else {
      span.end()
    }
    return result
  } catch (error) {
    fail(span, error)
    throw error
  }
}

function fail(span: Span, error: unknown): void {
  const isError = error instanceof Error
  const message = isError ? error.message : 'something that is no Error was thrown'
  const code = isError && 'code' in error && typeof error.code === 'string' ? error.code : undefined
  span.recordException(isError ? error : message)
  span.setStatus({ code: SpanStatusCode.ERROR, message })
  span.setAttribute('error.type', code ?? (isError ? error.name : '_OTHER'))
  span.end()
}

function isThenable(value: unknown): value is PromiseLike<unknown> {
  return typeof value === 'object' && value !== null && 'then' in value && typeof value.then === 'function'
}
