import type { Clock } from '@clusterbus/protocol'
import { isThenable } from '../running-handlers.ts'

/** How something ended that was observed. */
export type Observed =
  | { readonly durationMs: number; readonly value: unknown }
  | { readonly durationMs: number; readonly error: unknown }

/** Makes the call, and tells how it ended when it has: a promise, when it has settled. Returns or throws what the call does. */
export function observed<Result>(clock: Clock, call: () => Result, tell: (outcome: Observed) => void): Result {
  const start = clock.now()
  const ended = (outcome: { value: unknown } | { error: unknown }): void =>
    tell({ ...outcome, durationMs: clock.now() - start })
  let result: Result
  try {
    result = call()
  } catch (error) {
    ended({ error })
    throw error
  }
  if (!isThenable(result)) ended({ value: result })
  else {
    result.then(
      (value) => ended({ value }),
      (error: unknown) => ended({ error }),
    )
  }
  return result
}
