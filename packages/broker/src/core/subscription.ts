import type { ConnectedMember } from './connected-member.ts'

/** One subscription or responder of a member, as it asked for it. */
export interface Subscription {
  /** Chosen by the member; unique among its own. */
  readonly id: number
  readonly member: ConnectedMember
  readonly pattern: string
  readonly group: string | undefined
  readonly responder: boolean
  /** Messages that it still takes before it ends by itself. Counted here only for members of a group. */
  remaining: number
}
