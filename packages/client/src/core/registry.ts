import { type ChunkWriter, PatternIndex, write } from '@clusterbus/protocol'
import type { Rejoined } from '../bus.ts'
import { LocalResponder } from './local-responder.ts'
import { LocalSubscription } from './local-subscription.ts'
import type { Registration } from './registration.ts'

const noSubscriptions: readonly LocalSubscription[] = []

/** All subscriptions and responders of one bus. */
export class Registry {
  readonly #byId = new Map<number, Registration>()
  readonly #finishing = new Set<Registration>()
  readonly #index = new PatternIndex<Set<LocalSubscription>>()
  #nextId = 1
  #reconnected = false
  #gap = false
  /** Counts changes, so that whoever remembers what matched knows when to look again. */
  version = 0

  get size(): number {
    return this.#byId.size
  }

  nextId(): number {
    const id = this.#nextId
    this.#nextId = id === 0xffff_ffff ? 1 : id + 1
    return this.#byId.has(id) ? this.nextId() : id
  }

  all(): Registration[] {
    return [...this.#byId.values()]
  }

  get(id: number): Registration | undefined {
    return this.#byId.get(id)
  }

  add(registration: Registration): void {
    const { id, pattern } = registration.spec
    this.#byId.set(id, registration)
    if (!isPlain(registration)) return
    const present = this.#index.get(pattern)
    if (present === undefined) this.#index.set(pattern, new Set([registration]))
    else present.add(registration)
    this.version += 1
  }

  /** Takes it out. If it has not closed, it takes nothing more and still works off what it took. */
  remove(registration: Registration): void {
    if (registration.isClosed) this.#finishing.delete(registration)
    else this.#finishing.add(registration)
    const { id, pattern } = registration.spec
    if (!this.#byId.delete(id) || !isPlain(registration)) return
    const present = this.#index.get(pattern)
    present?.delete(registration)
    if (present?.size === 0) this.#index.delete(pattern)
    this.version += 1
  }

  /** The broker does not know them any more. */
  linkLost(): void {
    this.#reconnected = true
    this.#gap ||= this.subscriptions(true).length > 0
  }

  /** The broker knows them, or knows them again. */
  rejoined(): Rejoined {
    const rejoined = { reconnected: this.#reconnected, gap: this.#gap }
    this.#gap = false
    return rejoined
  }

  /** Ends all of them, and their handlers; an iterator that was finishing may still be read to its end. */
  endAll(): void {
    for (const registration of this.#byId.values()) registration.unsubscribe()
    for (const registration of this.#finishing) {
      if (registration.spec.handler !== undefined) registration.unsubscribe()
    }
  }

  /** The plain subscriptions that match a topic, in the order they were made. Not changed afterwards. */
  matching(topic: string): readonly LocalSubscription[] {
    const found = this.#index.match(topic)
    const [first] = found
    if (first === undefined) return noSubscriptions
    const all = found.length === 1 ? [...first] : found.flatMap((set) => [...set])
    return all.sort((a, b) => a.spec.id - b.spec.id)
  }

  /** All subscriptions, those of groups as well if `withGroups`. */
  subscriptions(withGroups: boolean): LocalSubscription[] {
    const all = this.all().filter((registration) => registration instanceof LocalSubscription)
    return withGroups ? all : all.filter((subscription) => subscription.group === undefined)
  }

  /** The group subscriptions that the broker picked, as far as they are still there. */
  picked(ids: readonly number[]): LocalSubscription[] {
    const subscriptions = ids.map((id) => this.#byId.get(id))
    return subscriptions.filter((registration) => registration instanceof LocalSubscription)
  }

  responder(id: number | undefined): LocalResponder | undefined {
    const registration = id === undefined ? undefined : this.#byId.get(id)
    return registration instanceof LocalResponder ? registration : undefined
  }

  /** Writes what a broker that knows nothing of this bus must hear. */
  writeAll(writer: ChunkWriter): void {
    for (const registration of this.#byId.values()) {
      if (registration.isActive) write.writeSubscribe(writer, { ...registration.spec, max: registration.remaining })
    }
  }
}

function isPlain(registration: Registration): registration is LocalSubscription {
  return registration instanceof LocalSubscription && registration.group === undefined
}
