import { BusError, describeThrown, type Limits, type Link, quoted, spokenVersions } from '@clusterbus/protocol'
import { type Connected, dialPath, type NotConnected, pathBroker } from '@clusterbus/transport'
import type { Connector } from '../core/connection.ts'
import { Candidacy } from './candidacy.ts'
import { watchedLink } from './watched-link.ts'
import type { Whereat } from './whereat.ts'

/** First and longest pause before a path is looked at again, in milliseconds; it grows by half each time. */
const pauseMs = [5, 500] as const

/** Finds the broker that listens at a path; where the bus elects one and there is none, has it hosted in this process. */
export class PathConnector implements Connector {
  /** When many hosts end one after the other, as in a deploy, each is to be followed at once. */
  readonly longestPauseMs = 40
  readonly #at: Whereat
  readonly #about: { readonly name: string | undefined; readonly bus: string }
  readonly #candidacy: Candidacy | undefined
  #description = 'nobody has looked there yet'
  /** Who had the path when its broker fell silent. */
  #silentId: string | undefined

  constructor(at: Whereat, name: string | undefined, bus: string, limits: Limits) {
    this.#at = at
    this.#about = { name, bus }
    this.#candidacy = at.elects ? new Candidacy(at.place, limits) : undefined
  }

  seek(found: { linked(link: Link): void; refused(error: BusError): void }): () => void {
    let isOver = false
    let cancel = (): void => undefined
    let tries = 0
    const stop = (): void => {
      isOver = true
      cancel()
    }
    const again = (): void => {
      const [first, longest] = pauseMs
      const pause = Math.min(longest, first * 1.5 ** tries)
      tries += 1
      // Not all in step: many may have lost their broker in the same moment.
      const timer = setTimeout(look, pause * (0.5 + Math.random())).unref()
      cancel = () => clearTimeout(timer)
    }
    const stand = (silentId: string | undefined): void => {
      cancel = () => undefined
      this.#candidacy?.stand(silentId).then(
        () => (isOver ? undefined : again()),
        (error: unknown) => (isOver ? undefined : found.refused(notHosted(this.#at, error))),
      )
    }
    const dialed = (result: Connected | NotConnected): void => {
      if (result.found === 'broker') return found.linked(this.#watched(result))
      this.#description = result.description
      if (result.found === 'forbidden') found.refused(forbidden(this.#at, result))
      else if (this.#candidacy === undefined || result.found === 'elsewhere') again()
      else stand(result.found === 'silent' ? result.holder?.id : undefined)
    }
    const look = (): void => {
      const { place } = this.#at
      const { name, bus } = this.#about
      const own = pathBroker(place.path)
      const silentId = this.#silentId
      this.#silentId = undefined
      if (own !== undefined) found.linked(own.connect(name, bus, spokenVersions))
      else if (silentId !== undefined && this.#candidacy !== undefined) stand(silentId)
      else cancel = dialPath(place, this.#about, (result) => (isOver ? undefined : dialed(result)))
    }
    const turn = setImmediate(look)
    cancel = () => clearImmediate(turn)
    return stop
  }

  get remedy(): string {
    const { place, elects } = this.#at
    const found = `at ${quoted(place.path)} ${this.#description}`
    if (elects) return `${found}; see to it that this process may host one there`
    return `${found}; start one there with broker.listen({ path }) or clusterbus-broker, or have one elected with host: 'elect'`
  }

  async closed(): Promise<void> {
    await this.#candidacy?.withdraw()
  }

  #watched({ link, holder }: Connected): Link {
    return watchedLink(link, this.#at.place, holder, (isSilent) => {
      if (isSilent) this.#silentId = holder.id
    })
  }
}

function forbidden({ place }: Whereat, { description, cause }: NotConnected): BusError {
  return new BusError('NOT_ALLOWED', `createBus: no broker is looked for at ${quoted(place.path)}: ${description}`, {
    cause,
  })
}

function notHosted({ place }: Whereat, cause: unknown): BusError {
  if (cause instanceof BusError) return cause
  const { message } = describeThrown(cause)
  return new BusError('BROKER_UNREACHABLE', `no broker can be hosted at ${quoted(place.path)}: ${message}`, { cause })
}
