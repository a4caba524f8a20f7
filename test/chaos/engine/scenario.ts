import type { Broker, BrokerOptions } from '@clusterbus/broker'
import type { Bus } from '@clusterbus/client'
import type { LoadOrder } from '../load/order.ts'
import type { Crew } from './crew.ts'
import type { Ledger } from './ledger.ts'
import type { LinkAccount } from './link-account.ts'

/** What a scenario works with. */
export interface Stage {
  readonly broker: Broker
  /** The bus of the primary. */
  readonly bus: Bus
  readonly crew: Crew
  readonly links: LinkAccount
  /** Sums over all members, as far as they have told. */
  readonly figures: () => Ledger['figures']
  /** Something that must not happen, and did. */
  readonly violated: (what: string) => void
  /** Whether the time for it is over. */
  readonly isOver: () => boolean
  /** Rounds, where the scenario goes by rounds and the user has said how many. */
  readonly rounds: number | undefined
  /** How many messages are to be published, where the user has said so. */
  readonly messages: number | undefined
}

/** Something that is done to a cluster under load, and what is checked besides what always is. */
export interface Scenario {
  readonly about: string
  readonly broker?: BrokerOptions
  readonly load?: Partial<LoadOrder>
  /** Members to begin with. */
  readonly members: number
  /** Codes with which requests and confirmations may end. */
  readonly codes: readonly string[]
  /** Whether members may be disconnected: the broker then reports errors with these codes. */
  readonly reports?: readonly string[]
  /** Open descriptors that the primary may have; the scenario then runs in a process of its own. */
  readonly descriptors?: number
  /** Goes on until the time is over. Resolves, when the members have recovered, with figures for people. */
  run(stage: Stage): Promise<Readonly<Record<string, number | string>>>
  /** Checks what only this scenario promises, when the books are closed. */
  check?(figures: Readonly<Record<string, number>>): readonly string[]
}
