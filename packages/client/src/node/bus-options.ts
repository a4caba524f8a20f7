import {
  assertOverflow,
  BusError,
  bytesCodec,
  type Codec,
  type Conflation,
  defaultLimits,
  jsonCodec,
  type Limits,
  type OverflowPolicy,
  resolveLimits,
  type ToldTerms,
} from '@clusterbus/protocol'
import { checkWhereat, type Whereat } from './whereat.ts'
import { assertOptions, assertTimeout, badOption } from '../core/check-arguments.ts'
import { readSchemas } from '../core/schemas/read-schemas.ts'
import type { SchemaCheck } from '../core/schemas/schema-check.ts'
import type { Schemas, Validation } from '../schemas.ts'

/** Options of `createBus`. */
export interface BusOptions {
  /** What others see this bus as in `members()`. Default: its kind and process id. */
  readonly name?: string
  /** How data is written. What is read is named in each message. Default: JSON. */
  readonly codec?: Codec
  /**
   * What the data of topics must be, and of the topics that match a pattern: schemas of any library that keeps to Standard
   * Schema. Default: anything.
   */
  readonly schemas?: Schemas
  /** Where data is held against its schema; what the schema makes of it goes on from there. Default `'publish'`. */
  readonly validate?: Validation
  /** How long a broker may take to answer, in milliseconds. Default 5,000. */
  readonly connectTimeout?: number
  /** How long `drain()` waits for handlers and for the broker, in milliseconds. Default 10,000. */
  readonly drainTimeout?: number
  /**
   * Where a broker listens: a Unix socket, or on Windows a named pipe. The bus connects there, whatever kind of process
   * this is. Default: the broker is found by itself.
   */
  readonly path?: string
  /**
   * `elect`: if no broker is at `path`, one of the processes that say this hosts it, and another takes over when that one
   * ends. Default: nobody does, and the bus waits for a broker.
   */
  readonly host?: 'elect'
  /**
   * `auto`: the broker of this process, or of the primary when this is a cluster worker, or of the parent when this is a
   * child that it has attached, or one of its own in a plain process. `local`: a broker in this process, whatever it is.
   * `parent`: that of the process that has forked this one, and no other.
   */
  readonly broker?: 'auto' | 'local' | 'parent'
  /**
   * What the broker does when this bus does not take its messages in time and `limits.queuedBytes` or
   * `limits.memberMessages` is met. `block`: it holds back whoever publishes them, and disconnects this bus when that does
   * not help. `drop-oldest`, `drop-newest`: it drops messages, and nobody waits; `message.gap` and `slow` tell.
   * `disconnect`: it disconnects this bus, and nobody waits before. Default: what the broker was created with, `block`.
   */
  readonly overflow?: OverflowPolicy
  /**
   * `topic`: of messages that wait at the broker because this bus is busy, only the newest of each topic is sent; not of
   * those that were picked for a group. Default: all of them are.
   */
  readonly conflate?: Conflation
  /** Bounds of queues and tables; what is not named keeps its default. */
  readonly limits?: Partial<Limits>
}

/** As docs/options.md lists them. */
const optionNames = [
  'name',
  'codec',
  'path',
  'host',
  'connectTimeout',
  'drainTimeout',
  'broker',
  'overflow',
  'conflate',
  'limits',
]

/** Names of the codecs whose ids are clusterbus's own, and the first id that is not. */
const ownCodecs: readonly string[] = [bytesCodec.name, jsonCodec.name, 'msgpack']
const firstFreeCodec = 16

const checking = ['schemas', 'validate']

export type CheckedOptions = Required<Pick<BusOptions, 'connectTimeout' | 'drainTimeout' | 'broker'>> & {
  readonly name: string | undefined
  readonly at: Whereat | undefined
  readonly codec: Codec | undefined
  readonly limits: Limits
  readonly terms: ToldTerms | undefined
  readonly schemas: SchemaCheck | undefined
}

/** The options with their defaults. Throws `BAD_OPTION`, and `NOT_ALLOWED` for a path that is too long. */
export function checkOptions(options: BusOptions): CheckedOptions {
  const call = 'createBus'
  assertOptions(options, call, [...optionNames, ...checking])
  const { name, codec, connectTimeout = 5_000, drainTimeout = 10_000, broker = 'auto', limits } = options
  if (name !== undefined && (typeof name !== 'string' || name === '' || name.length > 255)) {
    throw badOption('name', `${call}: name must be a string of 1 to 255 characters`)
  }
  if (codec !== undefined) assertCodec(codec)
  assertTimeout(connectTimeout, call, 'connectTimeout')
  assertTimeout(drainTimeout, call, 'drainTimeout')
  if (broker !== 'auto' && broker !== 'local' && broker !== 'parent') {
    throw badOption('broker', `${call}: broker must be 'auto', 'local' or 'parent', not ${String(broker)}`)
  }
  const at = checkWhereat(options, call)
  assertOverflow(options, call)
  const resolved = resolveLimits(limits)
  const schemas = readSchemas(options.schemas, options.validate)
  return {
    name,
    at,
    codec,
    connectTimeout,
    drainTimeout,
    broker,
    limits: resolved,
    terms: termsOf(options, resolved),
    schemas,
  }
}

/** What differs from the default, which is the broker's to choose; `undefined` if nothing does. */
function termsOf({ overflow, conflate }: BusOptions, limits: Limits): ToldTerms | undefined {
  const { queuedBytes, memberMessages } = limits
  const terms: ToldTerms = {
    ...(overflow === undefined ? {} : { overflow }),
    ...(conflate === undefined ? {} : { conflate }),
    ...(queuedBytes === defaultLimits.queuedBytes ? {} : { queuedBytes }),
    ...(memberMessages === defaultLimits.memberMessages ? {} : { memberMessages }),
  }
  return Object.keys(terms).length === 0 ? undefined : terms
}

function assertCodec(codec: unknown): asserts codec is Codec {
  const shape =
    typeof codec === 'object' &&
    codec !== null &&
    'encode' in codec &&
    typeof codec.encode === 'function' &&
    'decode' in codec &&
    typeof codec.decode === 'function' &&
    'name' in codec &&
    typeof codec.name === 'string'
  if (!shape) throw badOption('codec', 'createBus: codec must have id, name, encode and decode')
  if ('shapes' in codec && codec.shapes !== undefined && !isShapeCodec(codec.shapes)) {
    throw badOption('codec', 'createBus: the shapes of codec must have writer and reader')
  }
  const id = 'id' in codec ? codec.id : undefined
  const reserved = typeof id === 'number' && id < firstFreeCodec ? (ownCodecs[id] ?? 'a future codec') : undefined
  if (reserved !== undefined && reserved !== codec.name) {
    throw badOption(
      'codec',
      `createBus: ${Number(id)} is the id of ${reserved}; choose one from ${firstFreeCodec} to 255`,
    )
  }
  if (typeof id === 'number' && Number.isInteger(id) && id >= 0 && id <= 255) return
  throw new BusError('BAD_OPTION', 'createBus: the id of a codec must be a whole number from 0 to 255', {
    option: 'codec',
  })
}

function isShapeCodec(shapes: unknown): boolean {
  if (typeof shapes !== 'object' || shapes === null || !('writer' in shapes) || !('reader' in shapes)) return false
  return typeof shapes.writer === 'function' && typeof shapes.reader === 'function'
}
