import { describe, expect, test } from 'vitest'
import { newCounters } from '../src/counters.ts'
import { EntryStore } from '../src/entry-store.ts'
import { resolveOptions } from '../src/options.ts'
import { FakeHeldCache } from './support/fake-held-cache.ts'
import { testCache } from './support/test-cache.ts'

describe('max', () => {
  test('lets the least recently used make room; has and peek are no use', async () => {
    const { cache } = testCache({ max: 3 })
    for (const key of ['a', 'b', 'c']) await cache.set(key, key)
    cache.get('a')
    cache.has('b')
    cache.peek('b')
    await cache.set('d', 'd')
    expect(['a', 'b', 'c', 'd'].map((key) => cache.has(key))).toEqual([true, false, true, true])
    expect(cache.stats()).toMatchObject({ evicted: 1, entries: 3, voided: 0 })
  })

  test('holds when keys are fetched without end', async () => {
    const { cache } = testCache<number>({ max: 5 })
    for (let key = 0; key < 1_000; key += 1) await cache.fetch(key, () => key, { tags: [`t${key}`] })
    expect(cache.stats()).toMatchObject({ entries: 5, evicted: 995, loading: 0 })
  })
})

describe('maxSize', () => {
  const sizes = { maxSize: 10, sizeOf: (value: unknown) => Number(value) }

  test('lets the least recently used make room', async () => {
    const { cache } = testCache(sizes)
    await cache.set('a', 4)
    await cache.set('b', 4)
    await cache.set('c', 4)
    expect(['a', 'b', 'c'].map((key) => cache.has(key))).toEqual([false, true, true])
    expect(cache.stats()).toMatchObject({ size: 8, entries: 2, evicted: 1 })
  })

  test('keeps nothing that is larger, nor what it was to replace', async () => {
    const { cache } = testCache(sizes)
    await cache.set('a', 4, { tags: ['t'] })
    expect(await cache.fetch('b', () => 11)).toBe(11)
    await cache.set('a', 11, { tags: ['t'] })
    expect([cache.has('a'), cache.has('b'), cache.stats().size]).toEqual([false, false, 0])
  })

  test('rounds sizes up, and counts nothing as one', async () => {
    const { cache } = testCache(sizes)
    await cache.set('a', 0)
    await cache.set('b', 1.2)
    expect(cache.stats().size).toBe(3)
  })

  test.each([NaN, -1, Infinity, '7'])('refuses a size of %j, and stores nothing', async (size) => {
    const { cache, held } = testCache({ maxSize: 10, sizeOf: () => size as number })
    await expect(cache.fetch('a', () => 1)).rejects.toMatchObject({ code: 'BAD_OPTION', option: 'sizeOf' })
    expect(() => cache.set('a', 1)).toThrow('sizeOf must return')
    expect([cache.stats().entries, cache.stats().loading, held.told.length]).toEqual([0, 0, 0])
  })

  test('stores nothing that was invalidated while its size was asked for', async () => {
    const { cache } = testCache<string, number>({
      maxSize: 10,
      sizeOf: () => {
        void cache.invalidate('a')
        return 1
      },
    })
    expect(await cache.fetch('a', () => 1)).toBe(1)
    expect([cache.has('a'), cache.stats().loadsVoided]).toEqual([false, 1])
  })
})

describe('ttl', () => {
  test('ends an entry, counted from when it was stored', async () => {
    const { cache, held } = testCache({ ttl: 100 })
    await cache.set('a', 1)
    held.nowMs = 100
    expect([cache.get('a'), cache.has('a'), cache.peek('a')]).toEqual([1, true, 1])
    held.nowMs = 100.5
    expect([cache.has('a'), cache.peek('a'), cache.get('a')]).toEqual([false, undefined, undefined])
    expect(await cache.fetch('a', () => 2)).toBe(2)
    held.nowMs = 200
    expect(cache.get('a')).toBe(2)
  })

  test('of one entry goes before that of the cache', async () => {
    const { cache, held } = testCache({ ttl: 100 })
    await cache.set('long', 1, { ttl: 300 })
    await cache.fetch('short', () => 1, { ttl: 50 })
    held.nowMs = 60
    expect([cache.has('long'), cache.has('short')]).toEqual([true, false])
    held.nowMs = 200
    expect(cache.has('long')).toBe(true)
  })

  test('may be one entry’s alone', async () => {
    const { cache, held } = testCache()
    await cache.set('without', 1)
    await cache.set('with', 1, { ttl: 10 })
    held.nowMs = 1e9
    expect([cache.get('without'), cache.get('with')]).toEqual([1, undefined])
  })

  test('is looked at with the time of that very read', async () => {
    const { cache, held } = testCache({ ttl: 10 })
    await cache.set('a', 1)
    expect(cache.has('a')).toBe(true)
    held.nowMs = 11
    expect(cache.has('a')).toBe(false)
  })

  test('keeps no prefix from voiding what has expired', async () => {
    const { cache, held } = testCache({ ttl: 10 })
    await cache.set('a', 1, { tags: ['t'] })
    held.nowMs = 11
    expect(cache.has('a')).toBe(false)
    await cache.invalidatePrefix('a')
    expect(cache.stats().entries).toBe(0)
  })
})

describe('the index of tags', () => {
  function store(max: number): { store: EntryStore<string, number>; held: FakeHeldCache } {
    const held = new FakeHeldCache()
    return { store: new EntryStore(resolveOptions({ name: 'a', max, ttl: 10 }), held, newCounters()), held }
  }

  test('holds no more than the entries have', () => {
    const { store: entries } = store(2)
    for (let number = 0; number < 100; number += 1) entries.set(`k${number}`, 1, 0, [`t${number}`, 'all'])
    expect(entries.tags).toBe(3)
  })

  test.each<[string, (entries: EntryStore<string, number>, held: FakeHeldCache) => unknown]>([
    ['voided by key', (entries) => entries.voidKey('a')],
    ['voided by tag', (entries) => entries.voidTag('t')],
    ['voided by prefix', (entries) => entries.voidWhere(() => true)],
    ['voided with all', (entries) => entries.voidAll()],
    ['dropped by a reset', (entries) => entries.reset()],
    ['replaced by one without tags', (entries) => entries.set('a', 1, 0, [])],
    ['replaced by nothing', (entries) => entries.set('a', undefined as never, 0, [])],
    ['deleted', (entries) => entries.delete('a')],
    ['pushed out', (entries) => entries.set('b', 1, 0, [])],
    [
      'found to have expired',
      (entries, held) => {
        held.nowMs = 11
        entries.get('a')
      },
    ],
  ])('is empty when the last entry was %s', (_, remove) => {
    const { store: entries, held } = store(1)
    entries.set('a', 1, 0, ['t', 'u', 't'])
    expect(entries.tags).toBe(2)
    remove(entries, held)
    expect(entries.tags).toBe(0)
  })
})
