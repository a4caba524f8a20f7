/** At most `max` of them that follow on each other, from a random one on: so each has its turn, if not this time. */
export function someOf<Item>(all: readonly Item[], max: number, random: () => number): Item[] {
  const start = Math.floor(random() * all.length)
  return [...all.slice(start), ...all.slice(0, start)].slice(0, max)
}
