import { agreeOnVersion, BusError, type Link, quoted } from '@clusterbus/protocol'
import { type Place, systemClock, wrappedLink } from '@clusterbus/transport'
import {
  type Claim,
  claimPath,
  type Introduction,
  PathGate,
  removeLitter,
  type Taken,
} from '@clusterbus/transport/serving'
import type { Newcomer } from '../core/joined-buses.ts'
import { atExit } from './at-exit.ts'

/** What a broker lets those who come over a path know beforehand. */
export interface PathTerms {
  readonly heartbeatMs: number
  readonly silenceMs: number
  /** For how long members may serve from caches when the broker is gone, in milliseconds. */
  readonly leasesMs: number
}

/** What an edge needs of its broker. */
export interface PathOwner {
  accept(link: Link, newcomer: Newcomer): void
  /** Members of a broker that had the path before may serve from caches until then, by the system's clock. */
  follows(leasesUntil: number): void
  /** Until when members of this one may. */
  leasesUntil(): number
  /** Another broker has the path now, or it cannot be listened at any more. All links over it are closed. */
  lost(error: BusError): void
}

/**
 * The edge by which processes come in that know nothing of this one but a path. It looks again and again whether the path
 * is still its own: a process that was stopped for long may have been given up meanwhile, and another broker have taken
 * its place. Nothing is taken from its members then.
 */
export class PathEdge {
  readonly place: Place
  readonly #terms: PathTerms
  readonly #owner: PathOwner
  readonly #gate: PathGate
  readonly #links = new Set<Link>()
  /** Whoever was admitted before the path was known to be ours. */
  #early: (() => void)[] | undefined = []
  #claim: Claim | undefined
  #timer: NodeJS.Timeout | undefined
  #stayAtExit = (): void => undefined
  #verifiedAt = 0
  /** `lost`: closed, because somebody else has the path. */
  #state: 'open' | 'closed' | 'lost' = 'open'

  constructor(place: Place, terms: PathTerms, owner: PathOwner) {
    this.place = place
    this.#terms = terms
    this.#owner = owner
    this.#gate = new PathGate({
      admitted: (link, introduction) => {
        const admit = (): void => owner.accept(this.guard(link), newcomer(introduction))
        if (this.#early === undefined) admit()
        else this.#early.push(admit)
      },
      failed: (error) => this.#lose(unusable(place, error)),
    })
  }

  /**
   * Listens, unless another broker does. Whoever holds `silentId` is known to be stopped, and loses the path. Throws
   * `NOT_ALLOWED` for a path that cannot be used.
   */
  async open(silentId?: string): Promise<Taken | undefined> {
    const token = { ...this.#terms, secret: this.#gate.secret, pid: process.pid }
    let result: Claim | Taken
    try {
      result = await claimPath(this.place, token, (path) => this.#gate.listen(path), silentId)
    } catch (error) {
      if (this.#state !== 'open') throw closedMeanwhile()
      this.close()
      throw error
    }
    if ('takenBy' in result) {
      this.close()
      return result
    }
    if (this.#state !== 'open') {
      result.release(false)
      throw closedMeanwhile()
    }
    this.#opened(result)
    return undefined
  }

  /** Wraps a link, so that nothing is taken from it when the path is lost. */
  guard(link: Link): Link {
    const guarded = wrappedLink(link, (receiver) => ({
      onChunk: (chunk) => {
        if (systemClock.now() - this.#verifiedAt >= this.#terms.heartbeatMs / 2) this.verify()
        if (this.#state !== 'lost') receiver.onChunk(chunk)
      },
      onDrain: () => receiver.onDrain(),
      onClose: (cause) => {
        this.#links.delete(guarded)
        receiver.onClose(cause)
      },
    }))
    this.#links.add(guarded)
    return guarded
  }

  /** Looks whether the path is still this broker's. If not, all links over it are closed within the call. */
  verify(): void {
    if (this.#claim === undefined || this.#state !== 'open') return
    this.#verifiedAt = systemClock.now()
    try {
      if (!this.#claim.isCurrent) this.#lose(deposed(this.place))
    } catch (error) {
      this.#lose(unusable(this.place, error))
    }
  }

  /** Leaves the path to others. Links that were admitted stay. Idempotent. */
  close(): void {
    if (this.#state !== 'open') return
    this.#state = 'closed'
    clearInterval(this.#timer)
    this.#stayAtExit()
    this.#leave()
    this.#gate.close()
  }

  #opened(claim: Claim): void {
    this.#claim = claim
    this.#verifiedAt = systemClock.now()
    this.#stayAtExit = atExit(this.#leave)
    if (claim.formerLeasesMs > 0) this.#owner.follows(systemClock.now() + claim.formerLeasesMs)
    if (claim.formerLeasesMs > this.#terms.leasesMs) {
      const outlast = (): void => {
        if (this.#state === 'open') tidy(() => claim.outlastFormer())
      }
      setTimeout(outlast, claim.formerLeasesMs).unref()
    }
    this.#timer = setInterval(() => {
      this.verify()
      // Whoever tidies up in the folder may have removed the socket.
      if (this.#state === 'open') claim.publish().catch((error: unknown) => this.#lose(unusable(this.place, error)))
    }, this.#terms.heartbeatMs).unref()
    void removeLitter(this.place)
    const early = this.#early ?? []
    this.#early = undefined
    for (const admit of early) admit()
  }

  /** On disk nothing stays, but for as long as members may serve from caches, what tells the next broker so. */
  readonly #leave = (): void => {
    const claim = this.#claim
    const remainingMs = this.#owner.leasesUntil() - systemClock.now()
    if (claim === undefined) return
    tidy(() => claim.release(remainingMs > 0))
    if (remainingMs > 0) setTimeout(() => tidy(() => claim.forget()), remainingMs).unref()
  }

  #lose(error: BusError): void {
    if (this.#state !== 'open') return
    this.close()
    this.#state = 'lost'
    for (const link of this.#links) link.destroy()
    this.#owner.lost(error)
  }
}

/** What cannot be changed on disk stays: whoever comes next finds it dead. That is no reason for a process to end. */
function tidy(change: () => void): void {
  try {
    change()
  } catch {
    // Somebody has taken the folder away, or the right to write in it.
  }
}

function newcomer({ name, pid, bus, ...versions }: Introduction): Newcomer {
  const kind = 'socket'
  return { name: name ?? `${kind}-${pid}`, pid, kind, bus, version: agreeOnVersion(versions) }
}

function closedMeanwhile(): BusError {
  return new BusError('CLOSED', 'listen: the broker was closed')
}

/** Why a broker cannot listen where another does. */
export function pathTaken({ path }: Place, { takenBy }: Taken): BusError {
  const who = takenBy === undefined ? 'another broker' : `the broker of process ${takenBy}`
  const message = `listen: ${who} listens at ${quoted(path)} already; close that one first, or use another path`
  return new BusError('NOT_ALLOWED', message)
}

function deposed({ path }: Place): BusError {
  const message = `listen: ${quoted(path)} has been taken over by another broker, because this process was stopped or blocked for too long; its members have been disconnected`
  return new BusError('NOT_ALLOWED', message)
}

function unusable({ path }: Place, cause: unknown): BusError {
  if (cause instanceof BusError) return cause
  return new BusError('NOT_ALLOWED', `listen: ${quoted(path)} cannot be used any more: ${String(cause)}`, { cause })
}
