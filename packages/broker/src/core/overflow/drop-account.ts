/**
 * Why a message was dropped: as the oldest or the newest in a full queue, because a newer one of its topic came, or with
 * the queue of a member that was disconnected for not making room, or for giving no sign of life.
 */
export type DropReason = 'oldest' | 'newest' | 'conflated' | 'disconnected' | 'silent'

/** How many messages of a topic a member did not get, and why. Plain JSON. */
export interface DropRow {
  /** Id of the member; 0 sums up members that are gone. */
  readonly member: number
  /** Name of the member. */
  readonly name: string
  /** The topic; empty sums up several. */
  readonly topic: string
  readonly reason: DropReason
  readonly messages: number
}

type Row = { -readonly [Key in keyof DropRow]: DropRow[Key] }

/** Most rows of single topics; the further ones sum up the topics of a member. */
const topicRowsMax = 900
/** Most rows with those; the few that sum up members come on top, one for each reason, and make a thousand at most. */
const memberRowsMax = 990

/** The account of every drop: by member, topic and reason, in so many rows and no more; the sums are always right. */
export class DropAccount {
  readonly #rows = new Map<string, Row>()
  /** Members that have rows and are gone, in the order in which they went. */
  readonly #gone = new Set<number>()
  readonly #membersWithRows = new Set<number>()

  /** The rows, the oldest first. */
  rows(): DropRow[] {
    return Array.from(this.#rows.values(), (row) => ({ ...row }))
  }

  add(member: { id: number; name: string }, topic: string, reason: DropReason, messages: number): void {
    const row = this.#row(member, topic, reason)
    row.messages += messages
    if (row.member !== 0) this.#membersWithRows.add(row.member)
  }

  /** A member is gone: when rows run short, its own are the first to be summed up. */
  leave(member: number): void {
    if (this.#membersWithRows.delete(member)) this.#gone.add(member)
  }

  #row(member: { id: number; name: string }, topic: string, reason: DropReason): Row {
    const known = this.#rows.get(keyOf(member.id, topic, reason))
    if (known !== undefined) return known
    const limit = topic === '' ? memberRowsMax : topicRowsMax
    if (this.#rows.size >= limit) this.#mergeGone(limit)
    if (this.#rows.size < limit || member.id === 0) {
      const row: Row = { member: member.id, name: member.name, topic, reason, messages: 0 }
      this.#rows.set(keyOf(member.id, topic, reason), row)
      return row
    }
    return topic === '' ? this.#row(everybodyGone, '', reason) : this.#row(member, '', reason)
  }

  /** Sums up members that are gone, those that went first before the others, until there is room for a row. */
  #mergeGone(limit: number): void {
    for (const member of this.#gone) {
      if (this.#rows.size < limit) return
      this.#gone.delete(member)
      for (const [key, row] of this.#rows) {
        if (row.member !== member) continue
        this.#rows.delete(key)
        this.#row(everybodyGone, '', row.reason).messages += row.messages
      }
    }
  }
}

const everybodyGone = { id: 0, name: '' }

function keyOf(member: number, topic: string, reason: DropReason): string {
  return `${member} ${reason} ${topic}`
}
