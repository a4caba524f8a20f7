import { BusError } from '@clusterbus/client'
import { beforeEach, describe, expect, test } from 'vitest'
import type { Cache } from '../src/index.ts'
import type { FakeHeldCache } from './support/fake-held-cache.ts'
import { testCache } from './support/test-cache.ts'

let cache: Cache<string | number, unknown>
let held: FakeHeldCache

beforeEach(() => {
  ;({ cache, held } = testCache<string | number>())
})

describe('what is told to the others', () => {
  test('names keys, tags, prefixes and all, in one call each', async () => {
    await cache.invalidate('a')
    await cache.invalidate(['b', 1, '1'])
    await cache.invalidateTags(['s', 't'])
    await cache.invalidatePrefix('session:')
    await cache.clear()
    await cache.set('c', 1)
    expect(held.told.map((call) => call.map(({ kind, text }) => `${kind} ${text}`))).toEqual([
      ['key sa'],
      ['key sb', 'key n1', 'key s1'],
      ['tag s', 'tag t'],
      ['prefix session:'],
      ['all '],
      ['key sc'],
    ])
    expect(cache.stats().invalidationsSent).toBe(9)
  })

  test('goes out after the own copy has gone', () => {
    void cache.set('a', 1)
    let hadCopy: boolean | undefined
    held.answer = () => {
      hadCopy = cache.has('a')
      return Promise.resolve({ members: 0, fenced: 0 })
    }
    void cache.invalidate('a')
    expect(hadCopy).toBe(false)
  })

  test('is what the call answers', async () => {
    held.answer = () => Promise.resolve({ members: 3, fenced: 1 })
    expect(await cache.invalidate('a')).toEqual({ members: 3, fenced: 1 })
  })

  test('is nothing where nothing is named', async () => {
    expect(await cache.invalidate([])).toEqual({ members: 0, fenced: 0 })
    expect(await cache.invalidateTags([])).toEqual({ members: 0, fenced: 0 })
    expect(held.told).toEqual([])
  })

  test('fails the call when the others cannot be reached, with the own copy gone', async () => {
    await cache.set('a', 1)
    held.answer = () => Promise.reject(new BusError('TIMEOUT', 'no answer'))
    await expect(cache.invalidate('a')).rejects.toMatchObject({ code: 'TIMEOUT' })
    expect(cache.has('a')).toBe(false)
  })

  test('may fail, and nobody need look', async () => {
    held.answer = () => Promise.reject(new BusError('TIMEOUT', 'no answer'))
    const told = cache.set('a', 1)
    expect(cache.get('a')).toBe(1)
    await expect(told).rejects.toMatchObject({ code: 'TIMEOUT' })
    void cache.set('a', 2)
    void cache.invalidate('a')
    await new Promise(setImmediate)
  })
})

describe('what others tell', () => {
  test('is counted, and names keys as they were written', () => {
    for (const key of ['1', 1, -0, 1.5, 1e300]) void cache.set(key, typeof key)
    held.evictKey(1)
    expect([cache.get(1), cache.get('1')]).toEqual([undefined, 'string'])
    held.evict({ kind: 'key', text: 's1' }, { kind: 'key', text: 'n0' }, { kind: 'key', text: 'n1.5' })
    expect(['1', 0, 1.5, 1e300].map((key) => cache.has(key))).toEqual([false, false, false, true])
    held.evictKey(1e300)
    expect(cache.stats()).toMatchObject({ invalidationsReceived: 5, entries: 0 })
  })

  test('of a prefix concerns keys that are strings', () => {
    for (const key of ['12', 12, '2', '1']) void cache.set(key, 1)
    held.evict({ kind: 'prefix', text: '1' }, { kind: 'prefix', text: '12' }, { kind: 'prefix', text: 'long prefix' })
    expect(['12', 12, '2', '1'].map((key) => cache.has(key))).toEqual([false, true, true, false])
  })

  test('of a tag concerns all entries that have it, and only once', async () => {
    await cache.set('a', 1, { tags: ['t', 'u', 't'] })
    await cache.set('b', 1, { tags: ['u'] })
    await cache.set('c', 1)
    held.evict({ kind: 'tag', text: 't' }, { kind: 'tag', text: 't' }, { kind: 'tag', text: 'none' })
    expect(['a', 'b', 'c'].map((key) => cache.has(key))).toEqual([false, true, true])
    held.evict({ kind: 'tag', text: 'u' })
    expect(cache.stats()).toMatchObject({ voided: 2, entries: 1 })
  })

  test.each(['', 'n', 'nNaN', 'nInfinity', 'x1'])('of a key that nobody could have written, %j, voids all', (text) => {
    void cache.set('a', 1)
    held.evict({ kind: 'key', text })
    expect(cache.stats().entries).toBe(0)
  })

  test('of a kind that a later version may have, voids all', () => {
    void cache.set('a', 1)
    held.evict({ kind: 'range' as never, text: 'a-b' })
    expect(cache.stats().entries).toBe(0)
  })

  test('does not take the tags of a value that was replaced', async () => {
    await cache.set('a', 1, { tags: ['old'] })
    await cache.set('a', 1, { tags: ['new'] })
    held.evict({ kind: 'tag', text: 'old' })
    expect(cache.has('a')).toBe(true)
    held.evict({ kind: 'tag', text: 'new' })
    expect(cache.has('a')).toBe(false)
  })

  test('takes ten thousand keys at once', () => {
    const keys = Array.from({ length: 10_000 }, (_, number) => `user:${number}`)
    for (const key of keys) void cache.set(key, 1)
    held.evict(...keys.map((key) => ({ kind: 'key' as const, text: `s${key}` })))
    expect(cache.stats()).toMatchObject({ entries: 0, voided: 10_000 })
  })
})
