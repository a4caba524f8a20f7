/** How a member reached its broker. */
export type MemberKind = 'primary' | 'cluster' | 'fork' | 'thread' | 'socket'

/** One connected bus, as its broker knows it. */
export interface Member {
  /** Unique for the life of the broker and never given again; a bus that reconnects is a new member. */
  readonly id: number
  /** The `name` option of its bus; `kind-pid` when none was given. */
  readonly name: string
  /** Process id, as the broker saw it and not as the member said it; for `socket`, as the member says. */
  readonly pid: number
  readonly kind: MemberKind
}

/** `from` of what the broker itself says: the messages under `$sys.>`. */
export const brokerId = 0
