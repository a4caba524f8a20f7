import type { Delivering, OutgoingMessage, Sending } from '@clusterbus/client'
import { type Attributes, SpanKind } from '@opentelemetry/api'

/** A span of what is done with a message. Names are those of the semantic conventions for messaging. */
export interface SpanDescription {
  readonly name: string
  readonly kind: SpanKind
  readonly attributes: Attributes
}

/** `publish user.login`, or `request config.get`. */
export function describeSending({ topic }: OutgoingMessage, { kind }: Sending): SpanDescription {
  return {
    name: `${kind} ${topic}`,
    kind: kind === 'request' ? SpanKind.CLIENT : SpanKind.PRODUCER,
    attributes: attributesOf(kind, 'send', topic),
  }
}

/** `process user.*`, `respond config.get` or `receive user.*`: by the pattern, so that there are not too many names. */
export function describeDelivering(topic: string, { kind, pattern, group }: Delivering): SpanDescription {
  const operation = { handler: 'process', responder: 'respond', iterator: 'receive' }[kind]
  const attributes = attributesOf(operation, kind === 'iterator' ? 'receive' : 'process', topic)
  if (pattern !== topic) attributes['messaging.destination.template'] = pattern
  if (group !== undefined) attributes['messaging.consumer.group.name'] = group
  return {
    name: `${operation} ${pattern}`,
    kind: kind === 'responder' ? SpanKind.SERVER : SpanKind.CONSUMER,
    attributes,
  }
}

function attributesOf(operation: string, type: string, topic: string): Attributes {
  return {
    'messaging.system': 'clusterbus',
    'messaging.operation.name': operation,
    'messaging.operation.type': type,
    'messaging.destination.name': topic,
  }
}
