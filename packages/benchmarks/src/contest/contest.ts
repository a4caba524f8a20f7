import type { Contender, Entrant, Round, Setup } from './entrant.ts'
import { type Summary, summary } from './summary.ts'

/** What all rounds of an entrant gave. */
export interface EntrantResult {
  readonly name: string
  readonly title: string
  readonly values: Readonly<Record<string, Summary>>
  /** Messages that were published and never came, in all rounds. Less than 0 when some came twice. */
  readonly lost: number
  readonly disordered: number
}

export interface ContestOptions {
  readonly rounds: number
  readonly setup: Setup
  /** Aborted when the user has enough of it. */
  readonly signal: AbortSignal
  /** Told of all that is about to begin. Round 0 warms up. */
  readonly progress: (entrant: Entrant, round: number) => void
}

/**
 * Opens all entrants, and then measures them in turn, each once in a round, while the others are idle. The first round
 * warms up: only what it loses counts. Rejects when one fails, or when it is aborted; all are closed in any case.
 */
export async function contest(entrants: readonly Entrant[], options: ContestOptions): Promise<EntrantResult[]> {
  const { rounds, setup, signal, progress } = options
  const opened: Promise<Contender>[] = []
  const measured: Round[][] = entrants.map(() => [])
  try {
    for (const entrant of entrants) {
      progress(entrant, 0)
      const opening = entrant.open(setup)
      opened.push(opening)
      await orAborted(opening, signal)
    }
    const contenders = await Promise.all(opened)
    for (let round = 0; round <= rounds; round += 1) {
      for (let turn = 0; turn < entrants.length; turn += 1) {
        // Each round begins with another one, so that nobody always comes first, or after the same break.
        const index = (turn + round) % entrants.length
        const [entrant, contender] = [entrants[index], contenders[index]]
        if (entrant === undefined || contender === undefined) continue
        progress(entrant, round)
        measured[index]?.push(await orAborted(contender.round(), signal))
      }
    }
  } finally {
    // Also the one that was just being opened when it was aborted.
    await Promise.allSettled(opened.map(async (opening) => (await opening).close()))
  }
  return entrants.map((entrant, index) => resultOf(entrant, measured[index] ?? []))
}

/** What `work` resolves to; rejects when `signal` is aborted before. */
export function orAborted<Result>(work: Promise<Result>, signal: AbortSignal): Promise<Result> {
  return new Promise((resolve, reject) => {
    const abort = (): void => reject(signal.reason)
    if (signal.aborted) abort()
    signal.addEventListener('abort', abort)
    work.then(resolve, reject).finally(() => signal.removeEventListener('abort', abort))
  })
}

function resultOf({ name, title }: Entrant, rounds: readonly Round[]): EntrantResult {
  const counted = rounds.slice(1)
  const figures = new Set(counted.flatMap(({ values }) => Object.keys(values)))
  const values: Record<string, Summary> = {}
  for (const figure of figures) {
    const each = counted.flatMap((round) => round.values[figure] ?? [])
    if (each.length > 0) values[figure] = summary(each)
  }
  return {
    name,
    title,
    values,
    lost: total(rounds.map(({ lost = 0 }) => lost)),
    disordered: total(rounds.map(({ disordered = 0 }) => disordered)),
  }
}

function total(counts: readonly number[]): number {
  return counts.reduce((sum, count) => sum + count, 0)
}
