import {
  assertOverflow,
  BusError,
  type Conflation,
  type Limits,
  type OverflowOptions,
  type OverflowPolicy,
  quoted,
  resolveLimits,
} from '@clusterbus/protocol'
import type { Authorize } from '../core/access/authorize.ts'
import { defaultLeases } from '../core/caches/invalidations.ts'
import { defaultLiveness } from '../core/liveness.ts'

/** Options of `createBroker`. */
export interface BrokerOptions {
  /** Bounds of queues and tables; what is not named keeps its default. */
  readonly limits?: Partial<Limits>
  /**
   * How the data of workers travels: over a private Unix socket or named pipe (`socket`), over Node's own IPC channel
   * (`ipc`), or over the socket where one can be had, else over IPC (`auto`, the default).
   */
  readonly transport?: 'auto' | 'socket' | 'ipc'
  /** How long a member may leave its queue too full before it is disconnected, in milliseconds. Default 1,000. */
  readonly stallTimeout?: number
  /** How long a member may be silent before it is asked whether it is there, in milliseconds. Default 500. */
  readonly heartbeatInterval?: number
  /**
   * How long a member may leave that unanswered before it is disconnected, in milliseconds; at least twice the
   * interval. Default 10,000, and for threads, which are what one computes in, without end: they leave when they end. After
   * three intervals a member is suspect: work of groups and requests go to others.
   */
  readonly silenceTimeout?: number
  /**
   * How long a member may serve from its caches after it has asked the broker whether it still may, in milliseconds; it
   * asks three times as often. Default 1,500. An invalidation waits for a member that does not answer for as long, and a
   * third of it more.
   */
  readonly leaseDuration?: number
  /** How long `drain()` waits for members to take what is queued for them, in milliseconds. Default 5,000. */
  readonly drainTimeout?: number
  /**
   * What becomes of messages that a member does not take in time, when `limits.queuedBytes` or `limits.memberMessages` is
   * met; for members whose bus says nothing else. `block`, the default: whoever publishes them is held back, and the
   * member is disconnected when it makes no room within `stallTimeout`. `drop-oldest`, `drop-newest`: messages are
   * dropped, and nobody is held back. `disconnect`: the member is disconnected, and nobody is held back before.
   */
  readonly overflow?: OverflowPolicy
  /**
   * Says what members may do: `(member, action, topic) => boolean`, asked once for each member, action and topic, those of
   * this process included. What it refuses fails with `NOT_ALLOWED` where it was called. It answers at once; whatever is not
   * `true` refuses, and what is no boolean, or thrown, is reported by `error`. Without it, members may do everything.
   */
  readonly authorize?: Authorize
  /** `topic`: of messages that wait for a member only the newest of each topic is kept; not of those picked for a group. */
  readonly conflate?: Conflation
}

/** Shorter leases would run out between two looks at a busy event loop. */
const leaseMinMs = 30
/** With its margin it is still a time that a timer can wait. */
const leaseMaxMs = 2 ** 30

export type CheckedOptions = Required<Omit<BrokerOptions, 'limits' | 'authorize' | keyof OverflowOptions>> & {
  readonly authorize: Authorize | undefined
  readonly limits: Limits
  readonly terms: OverflowOptions
  readonly threadSilenceMs: number
}

/** As README lists them. */
const optionNames = [
  'transport',
  'stallTimeout',
  'heartbeatInterval',
  'silenceTimeout',
  'leaseDuration',
  'drainTimeout',
  'overflow',
  'conflate',
  'authorize',
  'limits',
]

/** The options with their defaults. Throws `BAD_OPTION`. */
export function checkOptions(options: BrokerOptions): CheckedOptions {
  if (typeof options !== 'object' || options === null) {
    throw new BusError('BAD_OPTION', `createBroker: the options must be an object, not ${quoted(options)}`, {
      option: 'options',
    })
  }
  const { limits, transport = 'auto', stallTimeout = 1_000, drainTimeout = 5_000, ...others } = options
  const {
    leaseDuration = defaultLeases.leaseMs,
    heartbeatInterval = defaultLiveness.heartbeatMs,
    silenceTimeout = defaultLiveness.silenceMs,
    overflow,
    conflate,
    authorize,
    ...unknown
  } = others
  for (const option of Object.keys(unknown)) {
    const message = `createBroker: there is no option ${quoted(option)}; there are ${optionNames.join(', ')}`
    throw new BusError('BAD_OPTION', message, { option })
  }
  if (!['auto', 'socket', 'ipc'].includes(transport)) {
    const message = `createBroker: transport must be 'auto', 'socket' or 'ipc', not ${quoted(transport)}`
    throw new BusError('BAD_OPTION', message, { option: 'transport' })
  }
  const durations = { stallTimeout, drainTimeout, heartbeatInterval, silenceTimeout, leaseDuration }
  for (const [option, value] of Object.entries(durations)) {
    if (typeof value === 'number' && value >= 0 && value <= 2 ** 31 - 1) continue
    const message = `createBroker: ${option} must be a number of milliseconds, not ${String(value)}`
    throw new BusError('BAD_OPTION', message, { option })
  }
  if (heartbeatInterval === 0 || silenceTimeout < 2 * heartbeatInterval) {
    const message = `createBroker: silenceTimeout must be at least twice heartbeatInterval, and that more than 0, not ${silenceTimeout} and ${heartbeatInterval}`
    throw new BusError('BAD_OPTION', message, { option: 'silenceTimeout' })
  }
  if (leaseDuration < leaseMinMs || leaseDuration > leaseMaxMs) {
    const message = `createBroker: leaseDuration must be ${leaseMinMs} to ${leaseMaxMs} ms, not ${leaseDuration}`
    throw new BusError('BAD_OPTION', message, { option: 'leaseDuration' })
  }
  assertOverflow(others, 'createBroker')
  if (authorize !== undefined && typeof authorize !== 'function') {
    const message = `createBroker: authorize must be a function, not ${quoted(authorize)}`
    throw new BusError('BAD_OPTION', message, { option: 'authorize' })
  }
  const terms = { ...(overflow === undefined ? {} : { overflow }), ...(conflate === undefined ? {} : { conflate }) }
  const threadSilenceMs = options.silenceTimeout ?? Infinity
  return { limits: resolveLimits(limits), terms, transport, authorize, threadSilenceMs, ...durations }
}
