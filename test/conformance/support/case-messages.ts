import type { Volume } from '@clusterbus/testkit'

/** What a worker is told to run. */
export interface CaseCommand {
  readonly volume: Volume
  readonly concept: string
  readonly name: string
}

/** What it says when it has. */
export interface CaseResult {
  /** The stack of what the case threw; without it, all is well. */
  readonly failure?: string
}

export function isCaseCommand(message: unknown): message is CaseCommand {
  return typeof message === 'object' && message !== null && 'concept' in message && 'name' in message
}

export function isCaseResult(message: unknown): message is CaseResult {
  return typeof message === 'object' && message !== null && !('ready' in message)
}
