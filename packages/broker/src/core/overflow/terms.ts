import type { Limits, OverflowOptions, OverflowPolicy, ToldTerms } from '@clusterbus/protocol'

/** What holds for one member. */
export interface MemberTerms {
  readonly overflow: OverflowPolicy
  readonly conflates: boolean
  /** Most bytes queued for it. */
  readonly queuedBytes: number
  /** Most messages queued for it. */
  readonly memberMessages: number
}

/** What holds for a member that has told `told`: what it left out is the broker's, and limits never exceed the broker's. */
export function memberTerms(limits: Limits, defaults: OverflowOptions, told: ToldTerms = {}): MemberTerms {
  return {
    overflow: told.overflow ?? defaults.overflow ?? 'block',
    conflates: (told.conflate ?? defaults.conflate) === 'topic',
    queuedBytes: Math.min(limits.queuedBytes, told.queuedBytes ?? Infinity),
    memberMessages: Math.min(limits.memberMessages, told.memberMessages ?? Infinity),
  }
}

/** Whether messages are dropped at the limit, and the member stays. */
export function drops({ overflow }: MemberTerms): boolean {
  return overflow === 'drop-oldest' || overflow === 'drop-newest'
}
