import { describe, expect, test } from 'vitest'
import { Gate } from './support/gate.ts'
import { settled, testCache } from './support/test-cache.ts'

const down = (): Promise<never> => Promise.reject(new Error('down'))

describe('without leave to be stale', () => {
  test('nothing that was invalidated or has expired is served', async () => {
    const { cache, held } = testCache({ ttl: 10 })
    await cache.fetch('a', () => 'old')
    await cache.fetch('b', () => 'old')
    await cache.invalidate('a')
    held.nowMs = 11
    await expect(cache.fetch('a', down)).rejects.toThrow('down')
    await expect(cache.fetch('b', down)).rejects.toThrow('down')
  })
})

describe('staleIfError', () => {
  test('answers with what was invalidated, for so long', async () => {
    const { cache, held } = testCache({ staleIfError: 100 })
    await cache.fetch('a', () => 'old')
    held.nowMs = 1_000
    held.evictKey('a')
    held.nowMs = 1_099
    expect(await cache.fetch('a', down)).toBe('old')
    expect([cache.get('a'), cache.has('a'), cache.peek('a')]).toEqual([undefined, false, undefined])
    held.evictKey('a')
    held.nowMs = 1_100
    await expect(cache.fetch('a', down)).rejects.toThrow('down')
    expect(cache.stats()).toMatchObject({ stale: 1, loadsFailed: 2 })
  })

  test('answers with what has expired, for so long, also if it is invalidated then', async () => {
    const { cache, held } = testCache({ staleIfError: 100, ttl: 10 })
    await cache.fetch('a', () => 'old')
    held.nowMs = 60
    expect(cache.has('a')).toBe(false)
    expect(await cache.fetch('a', down)).toBe('old')
    held.evictKey('a')
    held.nowMs = 109
    expect(await cache.fetch('a', down)).toBe('old')
    held.nowMs = 110
    await expect(cache.fetch('a', down)).rejects.toThrow('down')
  })

  test.each(['key', 'tag', 'prefix', 'all'] as const)('answers with what was invalidated by %s', async (kind) => {
    const { cache, held } = testCache({ staleIfError: 100, maxSize: 10, sizeOf: () => 1 })
    await cache.fetch('a', () => null, { tags: ['a'] })
    held.evict({ kind, text: kind === 'key' ? 'sa' : 'a' })
    expect(await cache.fetch('a', down)).toBe(null)
  })

  test('waits for the load first, and takes what it brings', async () => {
    const { cache } = testCache({ staleIfError: 100 })
    await cache.fetch('a', () => 'old')
    await cache.invalidate('a')
    expect(await cache.fetch('a', () => 'new')).toBe('new')
    expect(cache.get('a')).toBe('new')
  })

  test('has nothing after a lost link, without a lease, or of a replaced value', async () => {
    const { cache, held } = testCache({ staleIfError: 100 })
    await cache.fetch('a', () => 'old')
    held.evictKey('a')
    held.isLeased = false
    await expect(cache.fetch('a', down)).rejects.toThrow('down')
    held.isLeased = true
    await cache.set('a', undefined)
    await expect(cache.fetch('a', down)).rejects.toThrow('down')
    await cache.fetch('a', () => 'new')
    held.evictKey('a')
    held.reset()
    await expect(cache.fetch('a', down)).rejects.toThrow('down')
  })

  test('is not for a reader that is aborted', async () => {
    const { cache } = testCache({ staleIfError: 100 })
    await cache.fetch('a', () => 'old')
    await cache.invalidate('a')
    const leaving = new AbortController()
    const reading = cache.fetch('a', () => new Promise(() => undefined), { signal: leaving.signal })
    leaving.abort()
    await expect(reading).rejects.toMatchObject({ code: 'ABORTED' })
  })

  test('keeps no more stale copies than the cache has room for', async () => {
    const { cache } = testCache<number>({ staleIfError: 100, max: 2 })
    for (const key of [1, 2, 3]) {
      await cache.fetch(key, () => key)
      await cache.invalidate(key)
    }
    await expect(cache.fetch(1, down)).rejects.toThrow('down')
    expect(await cache.fetch(2, down)).toBe(2)
  })
})

describe('staleWhileRevalidate', () => {
  test('answers at once, and loads behind, once', async () => {
    const { cache, held } = testCache({ staleWhileRevalidate: 100 })
    const gate = new Gate<unknown>()
    await cache.fetch('a', () => 'old')
    held.evictKey('a')
    held.nowMs = 99
    expect(await Promise.all([1, 2].map(() => cache.fetch('a', gate.loader)))).toEqual(['old', 'old'])
    expect(gate.calls).toHaveLength(1)
    gate.calls[0]?.resolve('new')
    await settled()
    expect(await cache.fetch('a', gate.loader)).toBe('new')
    expect(cache.stats()).toMatchObject({ stale: 2, loads: 2, hits: 1, loading: 0 })
  })

  test('waits for the load when its time is over, and joins one that runs behind', async () => {
    const { cache, held } = testCache({ staleWhileRevalidate: 100 })
    const gate = new Gate<unknown>()
    await cache.fetch('a', () => 'old')
    held.evictKey('a')
    await cache.fetch('a', gate.loader)
    held.nowMs = 100
    const reader = new AbortController()
    const leaving = cache.fetch('a', gate.loader, { signal: reader.signal })
    reader.abort()
    await expect(leaving).rejects.toMatchObject({ code: 'ABORTED' })
    expect(gate.calls[0]?.signal.aborted).toBe(false)
    const reading = cache.fetch('a', gate.loader)
    gate.calls[0]?.resolve('new')
    expect([await reading, gate.calls.length]).toEqual(['new', 1])
  })

  test('tells nobody of a load behind that fails, and tries again', async () => {
    const { cache, held } = testCache({ staleWhileRevalidate: 100 })
    await cache.fetch('a', () => 'old')
    held.evictKey('a')
    for (const _ of [1, 2]) {
      expect(await cache.fetch('a', down)).toBe('old')
      await settled()
    }
    expect(cache.stats()).toMatchObject({ loadsFailed: 2, loading: 0 })
  })

  test('does not store what was loaded behind and overtaken', async () => {
    const { cache, held } = testCache({ staleWhileRevalidate: 100 })
    const gate = new Gate<unknown>()
    await cache.fetch('a', () => 'old')
    held.evictKey('a')
    await cache.fetch('a', gate.loader)
    held.evictKey('a')
    gate.calls[0]?.resolve('overtaken')
    await settled()
    expect(cache.has('a')).toBe(false)
  })
})
