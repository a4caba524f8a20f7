import type { Selector } from '@clusterbus/protocol'
import type { SimulatedKey } from './records.ts'

/** Prefixes that workloads invalidate. */
export const prefixes: readonly string[] = ['a', 'b', 'a1']

export function keySelectorOf(key: SimulatedKey): Selector {
  return { kind: 'key', text: typeof key === 'string' ? `s${key}` : `n${key}` }
}

/** All selectors that cover an entry, by a name for each: what {@link nameOf} says of them. */
export function coveringNames(key: SimulatedKey, tags: readonly string[]): string[] {
  const names = ['all:', nameOf(keySelectorOf(key)), ...tags.map((tag) => `tag:${tag}`)]
  if (typeof key !== 'string') return names
  for (const prefix of prefixes) if (key.startsWith(prefix)) names.push(`prefix:${prefix}`)
  return names
}

export function nameOf({ kind, text }: Selector): string {
  return `${kind}:${text}`
}
