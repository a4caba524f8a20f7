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

/**
 * Whose turn it is. Each topic has its own, so that two topics that alternate do not each stay with one member of the
 * group; a topic begins with the turn of its group, so that topics that are used once are shared out as well.
 */
export interface Turn {
  next: number
}

/** Takes a turn. */
export function takeTurn(turn: Turn): number {
  const taken = turn.next
  turn.next = (taken + 1) >>> 0
  return taken
}

/** Where the messages of one topic go. */
export interface Route {
  readonly recipients: Recipients
  readonly groups: readonly GroupRoute[]
}

/** Those of members that answer; all of them if there is no such. */
export function preferPresent<Entry extends { readonly member: ConnectedMember }>(
  entries: readonly Entry[],
): readonly Entry[] {
  if (!entries.some(({ member }) => member.isSuspect)) return entries
  const present = entries.filter(({ member }) => !member.isSuspect)
  return present.length > 0 ? present : entries
}

/** The entry whose turn it is, among those that are not of `except`. */
export function entryAt(
  entries: readonly Subscription[],
  turn: number,
  except: ConnectedMember | undefined,
): Subscription | undefined {
  const eligible = except === undefined ? entries : entries.filter(({ member }) => member !== except)
  return eligible[turn % eligible.length]
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
