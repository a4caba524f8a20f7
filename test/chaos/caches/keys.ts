/** The two caches of a member: each loads for itself, or one for all. */
export const cacheNames = ['alone', 'together'] as const

export type CacheName = (typeof cacheNames)[number]

const keysPerCache = 24
const tagCount = 3
const prefixCount = 4
/** Where the numbers of keys begin that one member alone writes. */
const ownFrom = 1_000

/** The keys that all members read and write. Numbers are different in different caches: they are places in one file. */
export function commonKeys(cache: CacheName): readonly string[] {
  const first = cacheNames.indexOf(cache) * keysPerCache
  return Array.from({ length: keysPerCache }, (_, at) => `${prefixOf(at)}${first + at}`)
}

/** A key that only that member writes, and sets. */
export function ownKey(cache: CacheName, serial: number): string {
  return `own:${ownFrom + serial * cacheNames.length + cacheNames.indexOf(cache)}`
}

export function tagOf(key: string): string {
  return `tag${Number(key.slice(key.indexOf(':') + 1)) % tagCount}`
}

export function prefixOf(at: number): string {
  return `group${at % prefixCount}:`
}
