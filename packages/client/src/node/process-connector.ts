import { BusError, type Limits, type Link, spokenVersions } from '@clusterbus/protocol'
import { processBroker } from '@clusterbus/transport'
import type { Connector } from '../core/connection.ts'

/**
 * Finds the broker of this process; where there is none and `elsewhere` says that there is nobody else to ask, starts
 * one, so that an app behaves the same un-clustered. It looks in a later turn: the app may create its broker after the
 * bus.
 */
export class ProcessConnector implements Connector {
  readonly #name: string | undefined
  readonly #bus: string
  readonly #limits: Limits
  readonly #elsewhere: Connector | undefined
  #stop: () => void = () => undefined

  constructor(name: string | undefined, bus: string, limits: Limits, elsewhere: Connector | undefined) {
    this.#name = name
    this.#bus = bus
    this.#limits = limits
    this.#elsewhere = elsewhere
  }

  get remedy(): string | undefined {
    return this.#elsewhere?.remedy
  }

  seek(found: Parameters<Connector['seek']>[0]): () => void {
    let stopped = false
    // At once, so that a worker that is disconnected in this very turn is answered before it goes.
    if (this.#elsewhere !== undefined) this.#stop = this.#elsewhere.seek(found)
    const turn = setImmediate(() => {
      const broker = processBroker()
      // One that was made for a bus that wanted a broker of its own is no reason not to ask the primary's.
      const chosen = this.#elsewhere === undefined || broker?.giveWay === undefined ? broker : undefined
      if (chosen !== undefined) {
        this.#stop()
        found.linked(chosen.connect(this.#name, this.#bus, spokenVersions))
      } else if (this.#elsewhere === undefined)
        this.#startLocal(
          (link) => (stopped ? link.destroy() : found.linked(link)),
          (error) => found.refused(error),
        )
    })
    return () => {
      stopped = true
      clearImmediate(turn)
      this.#stop()
      this.#stop = () => undefined
    }
  }

  lastWords(segments: readonly Buffer[]): void {
    this.#elsewhere?.lastWords?.(segments)
  }

  /** Loaded only here: a worker never needs a broker. */
  #startLocal(linked: (link: Link) => void, failed: (error: BusError) => void): void {
    import('@clusterbus/broker/local').then(
      ({ startLocalBroker }) =>
        linked((processBroker() ?? startLocalBroker(this.#limits)).connect(this.#name, this.#bus, spokenVersions)),
      (cause: unknown) => {
        const message = 'this process runs alone, and @clusterbus/broker cannot be loaded into it'
        failed(new BusError('BROKER_UNREACHABLE', message, { cause }))
      },
    )
  }
}
