/**
 * Of patterns that match one topic, the one that says most of it: from the first token on, a token that is spelt out goes
 * before `*`, and that before `>`. The types of an event map choose in the same way.
 */
export function closest<Found extends { readonly pattern: string }>(all: readonly Found[]): Found | undefined {
  const [first, ...others] = all
  if (first === undefined) return undefined
  return others.reduce((best, other) => (isCloser(other.pattern, best.pattern) ? other : best), first)
}

function isCloser(pattern: string, than: string): boolean {
  const tokens = than.split('.')
  for (const [index, token] of pattern.split('.').entries()) {
    const difference = vagueness(token) - vagueness(tokens[index])
    if (difference !== 0) return difference < 0
  }
  return false
}

function vagueness(token: string | undefined): number {
  if (token === '>') return 2
  return token === '*' ? 1 : 0
}
