import type { BusError, Clock, Limits, OverflowOptions } from '@clusterbus/protocol'
import type { Authorize } from './access/authorize.ts'
import { defaultLeases, type LeaseLimits } from './caches/invalidations.ts'
import { defaultLiveness, type LivenessLimits } from './liveness.ts'

export interface BrokerCoreOptions {
  readonly limits: Limits
  /** How long a member's outbox may stay too full before the member is disconnected, in milliseconds. */
  readonly stallMs: number
  readonly liveness?: LivenessLimits
  /** How long members may serve from caches. */
  readonly leases?: LeaseLimits
  /** Until when members of a broker that was here before may do so, by the same clock. */
  readonly formerLeasesUntil?: number
  /** What becomes of messages for members that say nothing about it. */
  readonly terms?: OverflowOptions
  /** Says what members may do; without it they may do everything. */
  readonly authorize?: Authorize | undefined
  readonly clock: Clock
  /** A member was disconnected for a reason that somebody should hear of. */
  readonly report: (error: BusError) => void
}

export function withDefaults(options: BrokerCoreOptions): Required<BrokerCoreOptions> {
  const defaults = { liveness: defaultLiveness, leases: defaultLeases, formerLeasesUntil: 0, terms: {} }
  return { ...defaults, authorize: undefined, ...options }
}
