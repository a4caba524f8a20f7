import type { SimulationResult } from './simulate.ts'

/** Lines of the history that are shown before the one that a violation is about, and behind it. */
const linesBefore = 56
const linesBehind = 4
const violationsShown = 8

/**
 * What a person wants to know of a seed that failed: what was broken, what led there, and how to see it again, with
 * `options` of the program.
 */
export function describeFailure(
  { seed, history, violations }: Pick<SimulationResult, 'seed' | 'history' | 'violations'>,
  options: readonly string[] = [],
): string {
  const [first] = violations
  if (first === undefined) return `seed ${seed}: all promises were kept`
  const start = Math.max(0, first.index - linesBefore)
  const shown = history.slice(start, first.index + 1 + linesBehind)
  return [
    `seed ${seed}: ${violations.length} promises were broken`,
    ...violations
      .slice(0, violationsShown)
      .map(({ checker, message, index }) => `  [${checker}] line ${index}: ${message}`),
    '',
    `what led there, lines ${start} to ${start + shown.length - 1} of ${history.length} (virtual ms, who: what)`,
    ...shown.map((line, index) => `${start + index === first.index ? '>' : ' '} ${line}`),
    '',
    `again: npx -y pnpm@10 ${['simulate', ...options, '--seed', seed].join(' ')}`,
  ].join('\n')
}
