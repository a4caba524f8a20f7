import type { Servers } from '../arena/arena.ts'
import type { PeerName } from '../peers/catalogue.ts'

/** Somebody who takes part in a scenario, and is a row of its table. */
export interface Entrant {
  readonly name: string
  readonly title: string
  /** Takes part when this peer does. */
  readonly peer: PeerName
  /** Starts what is measured. */
  open(setup: Setup): Promise<Contender>
}

/** What is the same for all who take part in a scenario. */
export interface Setup {
  readonly servers: Servers
  /** How long one measurement lasts, in milliseconds. */
  readonly windowMs: number
}

/** An entrant that has started. */
export interface Contender {
  /** Measures once. */
  round(): Promise<Round>
  /** Ends all that was started. Idempotent. */
  close(): Promise<void>
}

/** What one measurement gave. */
export interface Round {
  /** By the names of the scenario's figures. What could not be measured is left out. */
  readonly values: Readonly<Record<string, number | undefined>>
  readonly lost?: number
  readonly disordered?: number
}
