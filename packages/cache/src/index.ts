export { createCache } from './create-cache.ts'

export type { Cache, CacheBus, FetchOptions, LoadContext, Loader, SetOptions } from './cache.ts'
export type { CacheStats } from './counters.ts'
export type { Key } from './keys.ts'
export type { TagsOf } from './load.ts'
export type { CacheOptions } from './options.ts'
export type { Invalidation, InvalidateOptions } from '@clusterbus/client'
