import type { ConnectedMember } from './connected-member.ts'
import type { Subscription } from './subscription.ts'

/**
 * The members that take every message of a topic, in no particular order. Topics with the same members share one
 * object, so that a run of frames can go on across topics as long as this object stays the same.
 */
export type Recipients = readonly ConnectedMember[]

/** Subscribers that share the work of a topic. */
export interface GroupRoute {
  readonly entries: readonly Subscription[]
  readonly turn: Turn
}

/** Whose turn it is in a group. One for all topics of the group: a topic that is used once must not restart it. */
export interface Turn {
  next: number
}

/** Where the messages of one topic go. */
export interface Route {
  readonly recipients: Recipients
  readonly groups: readonly GroupRoute[]
}

/** The next of the entries whose turn it is, passing over those of `except`. */
export function takeTurn(
  entries: readonly Subscription[],
  turn: Turn,
  except: ConnectedMember | undefined,
): Subscription | undefined {
  for (let tried = 0; tried < entries.length; tried++) {
    const entry = entries[turn.next % entries.length]
    turn.next = (turn.next + 1) >>> 0
    if (entry !== undefined && entry.member !== except) return entry
  }
  return undefined
}

/** Sets of recipients kept for sharing; past that, sharing starts again from nothing. */
const sharedMax = 4096

/** Makes equal sets of members the same object. */
export class RecipientSets {
  readonly #shared = new Map<string, Recipients>()

  share(members: Iterable<ConnectedMember>): Recipients {
    const sorted = [...members].sort((a, b) => a.id - b.id)
    const key = sorted.map((member) => member.id).join()
    const known = this.#shared.get(key)
    if (known !== undefined) return known
    if (this.#shared.size >= sharedMax) this.#shared.clear()
    this.#shared.set(key, sorted)
    return sorted
  }

  /** Lets go of every set that `member` is in. */
  leave(member: ConnectedMember): void {
    for (const [key, members] of this.#shared) if (members.includes(member)) this.#shared.delete(key)
  }
}
