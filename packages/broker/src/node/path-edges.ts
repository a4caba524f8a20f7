import { BusError, quoted } from '@clusterbus/protocol'
import { placeAt, type ProcessBroker, registerPathBroker, unregisterPathBroker } from '@clusterbus/transport'
import { PathEdge, type PathOwner, pathTaken, type PathTerms } from './path-edge.ts'

/** Where a broker listens for unrelated processes. */
export interface ListenOptions {
  /** A Unix socket, or on Windows a named pipe: `\\.\pipe\…`. */
  readonly path: string
}

/** The paths at which one broker listens. */
export class PathEdges {
  readonly #edges = new Map<string, { readonly edge: PathEdge; readonly broker: ProcessBroker }>()
  readonly #terms: PathTerms
  readonly #owner: PathOwner
  /** How buses of this process come in. */
  readonly #process: ProcessBroker
  #isClosed = false

  constructor(terms: PathTerms, owner: PathOwner, broker: ProcessBroker) {
    this.#terms = terms
    this.#owner = owner
    this.#process = broker
  }

  /** Throws `BAD_OPTION`, `CLOSED`, and `NOT_ALLOWED` for a path that is taken or cannot be used. */
  async listen(options: ListenOptions): Promise<void> {
    const place = placeAt(checkedPath(options), 'listen')
    if (this.#isClosed) throw new BusError('CLOSED', 'listen: the broker is closed')
    if (this.#edges.has(place.path)) throw pathTaken(place, { takenBy: process.pid })
    const edge: PathEdge = new PathEdge(place, this.#terms, {
      ...this.#owner,
      lost: (error) => {
        this.#forget(edge)
        this.#owner.lost(error)
      },
    })
    const broker: ProcessBroker = { connect: (...told) => edge.guard(this.#process.connect(...told)) }
    this.#edges.set(place.path, { edge, broker })
    try {
      const taken = await edge.open()
      if (taken !== undefined) throw pathTaken(place, taken)
    } catch (error) {
      this.#forget(edge)
      throw error
    }
    registerPathBroker(place.path, broker)
  }

  /** Looks whether all paths are still this broker's, and closes the links over those that are not. */
  verify(): void {
    for (const { edge } of this.#edges.values()) edge.verify()
  }

  /** Leaves the paths to others. Links that were admitted stay. */
  close(): void {
    this.#isClosed = true
    for (const { edge } of this.#edges.values()) {
      edge.close()
      this.#forget(edge)
    }
  }

  #forget({ place }: PathEdge): void {
    const listening = this.#edges.get(place.path)
    if (listening === undefined) return
    unregisterPathBroker(place.path, listening.broker)
    this.#edges.delete(place.path)
  }
}

function checkedPath(options: unknown): unknown {
  const isObject = typeof options === 'object' && options !== null
  const [unknown] = isObject ? Object.keys(options).filter((name) => name !== 'path') : ['options']
  if (isObject && unknown === undefined) return 'path' in options ? options.path : undefined
  const message = isObject
    ? `listen: there is no option ${quoted(unknown)}; there is path`
    : `listen: the options must be an object, not ${quoted(options)}`
  throw new BusError('BAD_OPTION', message, { option: String(unknown) })
}
