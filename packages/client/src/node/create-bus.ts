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
import { LifecycleEvents, systemClock } from '@clusterbus/transport'
import cluster from 'node:cluster'
import { randomUUID } from 'node:crypto'
import type { Bus, BusEvents, EventMap, Untyped } from '../bus.ts'
import { BusCore } from '../core/bus-core.ts'
import { assertOptions, assertTimeout, badOption } from '../core/check-arguments.ts'
import type { Turns } from '../core/environment.ts'
import { flushAtExit, isExiting } from './exit-flush.ts'
import { IpcConnector } from './ipc-connector.ts'
import { ProcessConnector } from './process-connector.ts'

/** Options of {@link createBus}. */
export interface BusOptions {
  /** What others see this bus as in `members()`. Default: its kind and process id. */
  readonly name?: string
  /** How data is written. What is read is named in each message. Default: JSON. */
  readonly codec?: Codec
  /** How long a broker may take to answer, in milliseconds. Default 5,000. */
  readonly connectTimeout?: number
  /** How long `drain()` waits for handlers and for the broker, in milliseconds. Default 10,000. */
  readonly drainTimeout?: number
  /**
   * `auto`: the broker of this process, or of the primary when this is a cluster worker, or one of its own in a plain
   * process. `local`: a broker in this process, whatever it is.
   */
  readonly broker?: 'auto' | 'local'
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

/** Names of the codecs whose ids are clusterbus's own, and the first id that is not. */
const ownCodecs: readonly string[] = [bytesCodec.name, jsonCodec.name, 'msgpack']
const firstFreeCodec = 16

const turns: Turns = {
  // When the process exits no turn comes any more, but other listeners of its exit may still publish.
  soon: (callback) => (isExiting() ? callback() : process.nextTick(callback)),
  endOfTurn: (callback) => (isExiting() ? callback() : void setImmediate(callback)),
}

/**
 * Creates a bus. Synchronous, and usable at once. A bus alone does not keep its process running; a call that somebody
 * awaits does, as long as it may take.
 *
 * ```ts
 * const bus = createBus<{ 'user-login': { userId: number } }>()
 * bus.subscribe('user-login', ({ userId }) => console.log(userId))
 * bus.publish('user-login', { userId: 123 })
 * ```
 *
 * Throws `BAD_OPTION`.
 */
export function createBus<Events extends EventMap = Record<string, Untyped>>(options: BusOptions = {}): Bus<Events> {
  const { name, codec, connectTimeout, drainTimeout, broker, limits, terms } = checkOptions(options)
  // Known to its broker alone: a bus that comes over a new link has given up the one before.
  const id = randomUUID()
  const elsewhere = broker === 'auto' && cluster.isWorker ? new IpcConnector(process, name, id) : undefined
  const bus: BusCore = new BusCore({
    connector: new ProcessConnector(name, id, limits, elsewhere),
    clock: systemClock,
    turns,
    events: new LifecycleEvents<BusEvents>(['connect', 'disconnect', 'error', 'slow', 'close']),
    limits,
    codec,
    ...(terms === undefined ? {} : { terms }),
    connectTimeoutMs: connectTimeout,
    drainTimeoutMs: drainTimeout,
    closed: () => stopFlushing(),
  })
  const stopFlushing = flushAtExit(bus)
  bus.start()
  return bus
}

type CheckedOptions = Required<Pick<BusOptions, 'connectTimeout' | 'drainTimeout' | 'broker'>> & {
  readonly name: string | undefined
  readonly codec: Codec | undefined
  readonly limits: Limits
  readonly terms: ToldTerms | undefined
}

function checkOptions(options: BusOptions): CheckedOptions {
  const call = 'createBus'
  const known = ['name', 'codec', 'connectTimeout', 'drainTimeout', 'broker', 'overflow', 'conflate', 'limits']
  assertOptions(options, call, known)
  const { name, codec, connectTimeout = 5_000, drainTimeout = 10_000, broker = 'auto', limits } = options
  if (name !== undefined && (typeof name !== 'string' || name === '' || name.length > 255)) {
    throw badOption('name', `${call}: name must be a string of 1 to 255 characters`)
  }
  if (codec !== undefined) assertCodec(codec)
  assertTimeout(connectTimeout, call, 'connectTimeout')
  assertTimeout(drainTimeout, call, 'drainTimeout')
  if (broker !== 'auto' && broker !== 'local') {
    throw badOption('broker', `${call}: broker must be 'auto' or 'local', not ${String(broker)}`)
  }
  assertOverflow(options, call)
  const resolved = resolveLimits(limits)
  return { name, codec, connectTimeout, drainTimeout, broker, limits: resolved, terms: termsOf(options, resolved) }
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
