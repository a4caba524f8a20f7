import type { Link } from '@clusterbus/protocol'
import type { TicketOffice } from '@clusterbus/transport/serving'
import type { Newcomer } from '../core/joined-buses.ts'

/** What the edges, by which buses come in, are given of the broker. */
export interface Reception {
  readonly tickets: TicketOffice<Newcomer>
  /** Where the broker's private socket listens; `undefined` when it has none and data goes over the channel itself. */
  socketPath(): string | undefined
  accept(link: Link, newcomer: Newcomer): void
  /** The process of that number, whose buses have come over its channel, or one thread of it has exited. */
  exited(pid: number, thread?: number): void
}
