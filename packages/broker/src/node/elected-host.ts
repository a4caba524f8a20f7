import { defaultLimits, type Limits, type Link, resolveLimits, type SpokenVersions } from '@clusterbus/protocol'
import {
  type Place,
  type ProcessBroker,
  registerPathBroker,
  systemClock,
  unregisterPathBroker,
} from '@clusterbus/transport'
import { BrokerCore } from '../core/broker-core.ts'
import { defaultLeases } from '../core/caches/invalidations.ts'
import { defaultLiveness } from '../core/liveness.ts'
import { connectInProcess } from './create-broker.ts'
import { PathEdge } from './path-edge.ts'

/** How long members may take to read what waits for them when the host hands over, in milliseconds. */
const handOverMs = 1_000

/** A broker at a path, in one of the processes that would have it so. */
export class ElectedHost implements ProcessBroker {
  readonly #place: Place
  readonly #edge: PathEdge
  readonly #core: BrokerCore
  #over: Promise<void> | undefined

  constructor(place: Place, limits: Limits) {
    this.#place = place
    const { leaseMs, marginMs } = defaultLeases
    this.#edge = new PathEdge(
      place,
      { ...defaultLiveness, leasesMs: leaseMs + marginMs },
      {
        accept: (link, newcomer) => this.#core.accept(link, newcomer),
        follows: (leasesUntil) => this.#core.leasing.follows(leasesUntil),
        leasesUntil: () => this.#core.leasing.leasesUntil,
        // The links are closed already. It may be in the midst of what it was told over one of them.
        lost: () => void setImmediate(() => void this.#end(0)),
      },
    )
    this.#core = new BrokerCore({
      limits: atLeastDefault(limits),
      stallMs: 1_000,
      leases: { leaseMs, marginMs, verify: () => this.#edge.verify() },
      clock: systemClock,
      report: (error) => process.emitWarning(error),
    })
  }

  /** Returns whether this is the broker of the path now. Throws `NOT_ALLOWED` for a path that cannot be used. */
  async open(silentId: string | undefined): Promise<boolean> {
    if ((await this.#edge.open(silentId)) !== undefined) return false
    registerPathBroker(this.#place.path, this)
    return true
  }

  /** For the buses of this process, which are members like all others. */
  connect(name: string | undefined, bus: string, versions?: SpokenVersions): Link {
    return connectInProcess(this.#core, name, bus, versions, 'socket', (link) => this.#edge.guard(link))
  }

  /** Leaves the path to the next, delivers what was taken, and closes. Idempotent. */
  handOver(): Promise<void> {
    return this.#end(handOverMs)
  }

  #end(timeoutMs: number): Promise<void> {
    this.#over ??= this.#shut(timeoutMs)
    return this.#over
  }

  async #shut(timeoutMs: number): Promise<void> {
    unregisterPathBroker(this.#place.path, this)
    this.#core.leasing.stopLeasing()
    this.#edge.close()
    await this.#core.drain(timeoutMs)
  }
}

/** Which bus hosts is chance: one that wants less for itself must not hold the others to that. */
function atLeastDefault(limits: Limits): Limits {
  const entries = Object.entries(limits).map(([name, value]) => [
    name,
    Math.max(value, Reflect.get(defaultLimits, name)),
  ])
  return resolveLimits(Object.fromEntries(entries))
}
