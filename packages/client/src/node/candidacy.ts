import type { Limits } from '@clusterbus/protocol'
import type { Place } from '@clusterbus/transport'

/** What a process hosts for its buses at one path. */
interface Hosting {
  /** Buses of this process that would have it host. */
  candidates: number
  /** The last of them has closed: ends the broker, if there is one. */
  end: () => Promise<void>
  /** The try that is under way, for all of them. */
  standing: Promise<void> | undefined
}

const hostings = new Map<string, Hosting>()

/** One bus that would have its process host a broker at a path. The process hosts until the last of them has withdrawn. */
export class Candidacy {
  readonly #place: Place
  readonly #limits: Limits
  readonly #hosting: Hosting
  #hasWithdrawn = false

  constructor(place: Place, limits: Limits) {
    this.#place = place
    this.#limits = limits
    const hosting = hostings.get(place.path) ?? { candidates: 0, end: () => Promise.resolve(), standing: undefined }
    hosting.candidates += 1
    hostings.set(place.path, hosting)
    this.#hosting = hosting
  }

  /**
   * Tries to host. When it resolves there is a broker, be it here or elsewhere. `silentId` is the holder that does not
   * answer any more. Rejects when none can be hosted here.
   */
  stand(silentId: string | undefined): Promise<void> {
    this.#hosting.standing ??= this.#stand(silentId).finally(() => (this.#hosting.standing = undefined))
    return this.#hosting.standing
  }

  /** Resolves when the process hosts nothing any more that only this bus wanted. Idempotent. */
  async withdraw(): Promise<void> {
    if (this.#hasWithdrawn) return
    this.#hasWithdrawn = true
    const hosting = this.#hosting
    hosting.candidates -= 1
    if (hosting.candidates > 0) return
    hostings.delete(this.#place.path)
    await hosting.standing?.catch(() => undefined)
    await hosting.end()
  }

  /** The broker is loaded only here: whoever does not host never needs it. */
  async #stand(silentId: string | undefined): Promise<void> {
    const { hostAtPath } = await import('@clusterbus/broker/local')
    const host = await hostAtPath(this.#place, this.#limits, silentId)
    if (host !== undefined) this.#hosting.end = () => host.handOver()
  }
}
