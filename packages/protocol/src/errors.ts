const codes = [
  'BAD_TOPIC',
  'BAD_OPTION',
  'BAD_FRAME',
  'UNENCODABLE',
  'UNDECODABLE',
  'UNKNOWN_CODEC',
  'PAYLOAD_TOO_LARGE',
  'QUEUE_FULL',
  'BROKER_UNREACHABLE',
  'DISCONNECTED',
  'CLOSED',
  'DRAINING',
  'TIMEOUT',
  'NO_RESPONDERS',
  'RESPONDER_LOST',
  'REMOTE_ERROR',
  'HANDLER_FAILED',
  'ABORTED',
  'NOT_ALLOWED',
  'VERSION_MISMATCH',
] as const

/** Every way in which clusterbus fails. The list is closed: a `switch` over it can be exhaustive. */
export type BusErrorCode = (typeof codes)[number]

/** One thing that is wrong with a value, as the schema that refused it says; its library may say more. */
export interface SchemaIssue {
  readonly message: string
  readonly path?: readonly (PropertyKey | { readonly key: PropertyKey })[] | undefined
}

/** What a {@link BusError} says about itself beside its code. Which fields are set depends on the code. */
export interface BusErrorFields {
  /** The topic or pattern that the failed call named. */
  readonly topic?: string
  /** The option that was refused. */
  readonly option?: string
  /** Id of the member concerned. */
  readonly member?: number
  /** The limit that was met, in the unit that its name ends with. */
  readonly limit?: number
  /** Bytes that were asked for or counted. */
  readonly bytes?: number
  /** How long was waited, in milliseconds. */
  readonly timeoutMs?: number
  /** Messages that were lost with this failure, where they could be counted. */
  readonly lost?: number
  /** Name, or number where the name is unknown, of the codec concerned. */
  readonly codec?: string
  /** What the schema of a topic has against the data; of an error with these alone, the data is what is wrong. */
  readonly issues?: readonly SchemaIssue[]
  /** What lies under the failure: a system error, the handler's error, the reason of an abort. */
  readonly cause?: unknown
}

/**
 * The one error class of clusterbus. `code` is stable and meant for programs; `message` names the call, the topic and
 * what to do, and is meant for people. For `REMOTE_ERROR` the `cause` is an `Error` that carries the name, the message
 * and the code of what the responder threw.
 */
export class BusError extends Error {
  override readonly name = 'BusError'
  readonly code: BusErrorCode
  declare readonly topic?: string
  declare readonly option?: string
  declare readonly member?: number
  declare readonly limit?: number
  declare readonly bytes?: number
  declare readonly timeoutMs?: number
  declare readonly lost?: number
  declare readonly codec?: string
  declare readonly issues?: readonly SchemaIssue[]

  constructor(code: BusErrorCode, message: string, fields: BusErrorFields = {}) {
    const { cause, ...explained } = fields
    super(message, 'cause' in fields ? { cause } : undefined)
    this.code = code
    Object.assign(this, explained)
  }
}

const known: ReadonlySet<string> = new Set(codes)

/** Whether a word that came over a link is one of our codes. */
export function isBusErrorCode(value: unknown): value is BusErrorCode {
  return typeof value === 'string' && known.has(value)
}
