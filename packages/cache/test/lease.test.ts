import { beforeEach, describe, expect, test } from 'vitest'
import type { Cache } from '../src/index.ts'
import type { FakeHeldCache } from './support/fake-held-cache.ts'
import { Gate } from './support/gate.ts'
import { testCache } from './support/test-cache.ts'

let cache: Cache<string, unknown>
let held: FakeHeldCache
let gate: Gate<unknown>

beforeEach(() => {
  ;({ cache, held } = testCache())
  gate = new Gate()
})

describe('without a lease', () => {
  test('nothing is served, and what was stored is served again when it is back', async () => {
    await cache.fetch('a', () => 'old')
    held.isLeased = false
    expect([cache.get('a'), cache.has('a'), cache.peek('a')]).toEqual([undefined, false, undefined])
    expect(await cache.fetch('a', () => 'new')).toBe('new')
    held.isLeased = true
    expect(cache.get('a')).toBe('old')
  })

  test('what is invalidated meanwhile is gone when it is back', async () => {
    await cache.fetch('a', () => 'old')
    held.isLeased = false
    held.evictKey('a')
    held.isLeased = true
    expect(cache.has('a')).toBe(false)
  })

  test('each fetch loads, and none is stored or joined', async () => {
    held.isLeased = false
    const reading = [1, 2].map(() => cache.fetch('a', gate.loader))
    expect(gate.calls).toHaveLength(2)
    held.isLeased = true
    const later = cache.fetch('a', gate.loader)
    expect(gate.calls).toHaveLength(3)
    for (const [index, { resolve }] of gate.calls.entries()) resolve(index)
    expect(await Promise.all([...reading, later])).toEqual([0, 1, 2])
    expect(cache.get('a')).toBe(2)
    expect(cache.stats()).toMatchObject({ joined: 0, loadsVoided: 0 })
  })

  test('a load that began with one is not joined', async () => {
    const first = cache.fetch('a', gate.loader)
    held.isLeased = false
    const second = cache.fetch('a', gate.loader)
    expect(gate.calls).toHaveLength(2)
    gate.calls[1]?.resolve('own')
    gate.calls[0]?.resolve('first')
    expect([await first, await second]).toEqual(['first', 'own'])
  })

  test('a load that began with one is stored, and served when it is back', async () => {
    const reading = cache.fetch('a', gate.loader)
    held.isLeased = false
    gate.calls[0]?.resolve('value')
    await reading
    expect(cache.has('a')).toBe(false)
    held.isLeased = true
    expect(cache.get('a')).toBe('value')
  })

  test('a value that is set is told to others and not stored', async () => {
    held.isLeased = false
    await cache.set('a', 'value')
    held.isLeased = true
    expect(cache.has('a')).toBe(false)
    expect(held.told).toEqual([[{ kind: 'key', text: 'sa' }]])
  })

  test('a value that is set voids the copy that was there', async () => {
    await cache.fetch('a', () => 'old')
    held.isLeased = false
    await cache.set('a', 'new')
    held.isLeased = true
    expect(cache.has('a')).toBe(false)
  })
})

describe('a lost link', () => {
  test('empties the cache', async () => {
    await Promise.all(['a', 'b', 'c'].map((key) => cache.fetch(key, () => key, { tags: ['t'] })))
    held.reset()
    expect(cache.stats()).toMatchObject({ entries: 0, voided: 3 })
  })

  test('keeps loads under way from being stored or joined, with the lease or without', async () => {
    const first = cache.fetch('a', gate.loader)
    held.isLeased = false
    held.reset()
    held.isLeased = true
    const second = cache.fetch('a', gate.loader)
    gate.calls[0]?.resolve('old')
    expect(await first).toBe('old')
    expect(cache.has('a')).toBe(false)
    gate.calls[1]?.resolve('new')
    expect([await second, cache.get('a')]).toEqual(['new', 'new'])
  })
})

describe('a cache with terms that others do not share', () => {
  test('stores nothing, works, and invalidates for the others', async () => {
    const refusal = new Error('max: 10 here, 20 there')
    held.isLeased = false
    held.ready = Promise.reject(refusal)
    await expect(cache.ready()).rejects.toBe(refusal)
    for (const value of [1, 2]) expect(await cache.fetch('a', () => value)).toBe(value)
    await cache.set('a', 3)
    await cache.invalidate('b')
    expect(cache.get('a')).toBeUndefined()
    expect(held.told.flat().map(({ text }) => text)).toEqual(['sa', 'sb'])
  })
})
