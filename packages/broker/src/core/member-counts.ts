import type { ConnectedMember } from './connected-member.ts'

/**
 * How often each member has something. Most often there is one member, so only a second one costs a map: with a
 * hundred thousand patterns these are what a broker's memory is made of.
 */
export class MemberCounts {
  #first: ConnectedMember | undefined
  #firstCount = 0
  #others: Map<ConnectedMember, number> | undefined

  get isEmpty(): boolean {
    return this.#first === undefined && this.#others === undefined
  }

  /** Counts once more. Returns whether it is the member's first time. */
  add(member: ConnectedMember): boolean {
    if (this.#first === undefined && this.#others?.has(member) !== true) this.#first = member
    if (this.#first === member) {
      this.#firstCount += 1
      return this.#firstCount === 1
    }
    this.#others ??= new Map()
    const count = this.#others.get(member) ?? 0
    this.#others.set(member, count + 1)
    return count === 0
  }

  /** Takes back one count. Returns whether it was the member's last. */
  remove(member: ConnectedMember): boolean {
    if (this.#first === member) {
      this.#firstCount -= 1
      if (this.#firstCount === 0) this.#first = undefined
      return this.#firstCount === 0
    }
    const count = this.#others?.get(member) ?? 0
    if (count > 1) {
      this.#others?.set(member, count - 1)
      return false
    }
    this.#others?.delete(member)
    if (this.#others?.size === 0) this.#others = undefined
    return count === 1
  }

  /** Puts every member that counts into `members`. */
  collect(members: Set<ConnectedMember>): void {
    if (this.#first !== undefined) members.add(this.#first)
    if (this.#others !== undefined) for (const member of this.#others.keys()) members.add(member)
  }
}
