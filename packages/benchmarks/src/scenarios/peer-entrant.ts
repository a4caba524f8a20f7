import { Arena } from '../arena/arena.ts'
import type { Entrant, Round, Setup } from '../contest/entrant.ts'
import { type PeerName, peers } from '../peers/catalogue.ts'

/** Readies an arena that has started, and returns what measures it once. */
export type Prepare = (arena: Arena, setup: Setup) => Promise<() => Promise<Round>>

/** A peer with processes of its own. It goes by the peer's name unless it is given another. */
export function peerEntrant(
  peer: PeerName,
  workers: number,
  prepare: Prepare,
  called: Partial<Pick<Entrant, 'name' | 'title'>> = {},
): Entrant {
  return {
    name: called.name ?? peer,
    title: called.title ?? peers[peer].title,
    peer,
    async open(setup) {
      const arena = await Arena.open(peer, setup.servers, workers)
      try {
        const round = await arena.whileAlive(prepare(arena, setup))
        return { round: () => arena.whileAlive(round()), close: () => arena.close() }
      } catch (error) {
        await arena.close()
        throw error
      }
    },
  }
}
