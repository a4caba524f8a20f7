import { createCache } from '../../src/index.ts'
import type { Cache, CacheOptions } from '../../src/index.ts'
import { FakeHeldCache } from './fake-held-cache.ts'

export interface TestCache<K extends string | number, V> {
  readonly cache: Cache<K, V>
  readonly held: FakeHeldCache
}

export function testCache<K extends string | number = string, V = unknown>(
  options: Partial<CacheOptions<K, V>> = {},
): TestCache<K, V> {
  const held = new FakeHeldCache()
  return { cache: createCache<K, V>(held, { name: 'users', ...options }), held }
}

/** All that was under way and needs no more time has happened. */
export function settled(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve))
}
