import type { Bus, BusOptions, EventMap, MemberKind } from '@clusterbus/client'

/**
 * How many are many. What only a great many show is in the core of bus and broker, which all kinds have, or in the link: so
 * one kind of each link is tested in full, and the others with a tenth.
 */
export type Volume = 'full' | 'tenth'

/** A kind of place in which buses live. What differs between kinds is said here, and nowhere else. */
export interface BusHost {
  readonly volume: Volume
  /** What the broker calls a member that lives here. */
  readonly memberKind: MemberKind
  createBus(options?: BusOptions): Bus
  createBus<Events extends EventMap>(options?: BusOptions): Bus<Events>
  /** Calls `createBus` with anything, for what it must refuse. */
  createWith(...args: readonly unknown[]): unknown
  /** The next process warning, which then fails nothing. */
  nextWarning(): Promise<Error>
}

/** What a case is given. Every bus that it opens is closed after it, whatever happened. */
export interface CaseTools {
  /** So many, or a tenth of it where the volume is that. */
  many(count: number): number
  readonly memberKind: MemberKind
  /** A new bus, not connected yet. */
  bus(options?: BusOptions): Bus
  bus<Events extends EventMap>(options?: BusOptions): Bus<Events>
  /** A new bus that is connected. */
  connected(options?: BusOptions): Promise<Bus>
  /** Calls `createBus` with anything, for what it must refuse. */
  createWith(...args: readonly unknown[]): unknown
  nextWarning(): Promise<Error>
}

/** One promise of the contract, and how to see that it is kept. */
export interface BusCase {
  readonly name: string
  run(t: CaseTools): Promise<void> | void
}
