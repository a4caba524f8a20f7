import { type PeerName, peers } from '../peers/catalogue.ts'
import type { ServerAddresses } from '../peers/peer.ts'

/** What the processes of an arena are told when they are started. */
export interface StartOrder {
  readonly peer: PeerName
  readonly servers: ServerAddresses
}

export function asArgument(order: StartOrder): string {
  return JSON.stringify(order)
}

export function startOrder(argument: string | undefined): StartOrder {
  const order: unknown = JSON.parse(argument ?? '{}')
  if (!isStartOrder(order)) throw new TypeError('this program is started by the benchmark')
  return order
}

function isStartOrder(order: unknown): order is StartOrder {
  return typeof order === 'object' && order !== null && 'peer' in order && String(order.peer) in peers
}
