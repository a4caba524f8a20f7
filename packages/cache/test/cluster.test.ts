import { beforeEach, describe, expect, test } from 'vitest'
import type { Cache } from '../src/index.ts'
import type { FakeHeldCache } from './support/fake-held-cache.ts'
import { Gate } from './support/gate.ts'
import { settled, testCache } from './support/test-cache.ts'

let cache: Cache<string, unknown>
let held: FakeHeldCache
let gate: Gate<unknown>

beforeEach(() => {
  ;({ cache, held } = testCache({ singleFlight: 'cluster', share: 'value' }))
  gate = new Gate()
})

describe('a load of all workers', () => {
  test('asks for the right first, once for all readers', async () => {
    const reading = [1, 2].map(() => cache.fetch('a', gate.loader))
    await settled()
    expect([gate.calls.length, held.claims.map(({ key }) => key)]).toEqual([0, ['sa']])
    held.claims[0]?.grant()
    await settled()
    gate.calls[0]?.resolve('value')
    expect(await Promise.all(reading)).toEqual(['value', 'value'])
    await settled()
    expect([cache.get('a'), held.claims[0]?.done]).toEqual(['value', ['value']])
  })

  test('takes and stores what another worker has loaded', async () => {
    const reading = cache.fetch('a', gate.loader, { tags: ['t'] })
    held.claims[0]?.give({ data: 'theirs' })
    expect([await reading, cache.get('a'), gate.calls.length]).toEqual(['theirs', 'theirs', 0])
    held.evict({ kind: 'tag', text: 't' })
    expect(cache.has('a')).toBe(false)
    expect(cache.stats()).toMatchObject({ shared: 1, loads: 0, loading: 0 })
  })

  test('has no value to give when there is none', async () => {
    const reading = cache.fetch('a', gate.loader)
    held.claims[0]?.grant()
    await settled()
    gate.calls[0]?.resolve(undefined)
    expect(await reading).toBeUndefined()
    await settled()
    expect(held.claims[0]?.done).toEqual(['released'])
  })

  test.each([undefined, null])('takes %s for a value, too', async (data) => {
    const reading = cache.fetch('a', gate.loader)
    held.claims[0]?.give({ data })
    expect([await reading, cache.has('a')]).toEqual([data, data === null])
  })

  test('does not store what another has loaded, if it was invalidated since this one asked', async () => {
    const reading = cache.fetch('a', gate.loader)
    held.evictKey('a')
    held.claims[0]?.give({ data: 'theirs' })
    expect([await reading, cache.has('a')]).toEqual(['theirs', false])
  })

  test('loads its own copy when another has loaded and gives none', async () => {
    const reading = cache.fetch('a', gate.loader)
    held.claims[0]?.give(undefined)
    await settled()
    gate.calls[0]?.resolve('own')
    expect([await reading, cache.get('a')]).toEqual(['own', 'own'])
  })

  test('loads for itself when the right cannot be had', async () => {
    const reading = cache.fetch('a', gate.loader)
    held.claims[0]?.refuse(new Error('the link was lost'))
    await settled()
    gate.calls[0]?.resolve('own')
    expect(await reading).toBe('own')
  })

  test('loads for itself without a lease, and asks nobody', async () => {
    held.isLeased = false
    const reading = cache.fetch('a', gate.loader)
    gate.calls[0]?.resolve('own')
    expect([await reading, held.claims]).toEqual(['own', []])
  })

  test('gives no value to others that was invalidated: the next loads', async () => {
    const reading = cache.fetch('a', gate.loader)
    held.claims[0]?.grant()
    await settled()
    held.evictKey('a')
    gate.calls[0]?.resolve('old')
    expect(await reading).toBe('old')
    await settled()
    expect(held.claims[0]?.done).toEqual(['failed'])
  })

  test('lets the next load when its loader fails', async () => {
    const reading = cache.fetch('a', gate.loader)
    held.claims[0]?.grant()
    await settled()
    gate.calls[0]?.reject(new Error('down'))
    await expect(reading).rejects.toThrow('down')
    expect(held.claims[0]?.done).toEqual(['failed'])
  })

  test.each(['load', undefined] as const)('shares no value when share is %s', async (share) => {
    const other = testCache({ singleFlight: 'cluster', ...(share === undefined ? {} : { share }) })
    const reading = other.cache.fetch('a', () => 'value')
    other.held.claims[0]?.grant()
    await reading
    await settled()
    expect(other.held.claims[0]?.done).toEqual(['released'])
  })

  test('gives the right back when nobody waits any more, though the loader does not end', async () => {
    const reader = new AbortController()
    const reading = cache.fetch('a', gate.loader, { signal: reader.signal })
    held.claims[0]?.grant()
    await settled()
    reader.abort()
    await expect(reading).rejects.toMatchObject({ code: 'ABORTED' })
    expect(held.claims[0]?.done).toEqual(['failed'])
    gate.calls[0]?.resolve('late')
    await settled()
    expect([held.claims[0]?.done, cache.has('a')]).toEqual([['failed'], false])
  })

  test('asks no more when nobody waits any more', async () => {
    const reader = new AbortController()
    const reading = cache.fetch('a', gate.loader, { signal: reader.signal })
    reader.abort()
    await expect(reading).rejects.toMatchObject({ code: 'ABORTED' })
    expect(held.claims[0]?.signal?.aborted).toBe(true)
    await settled()
    expect([gate.calls.length, cache.stats().loading]).toEqual([0, 0])
  })

  test('gives a right back that comes when the cache was just closed', async () => {
    const reading = cache.fetch('a', gate.loader)
    held.claims[0]?.grant()
    cache.close()
    await expect(reading).rejects.toMatchObject({ code: 'CLOSED' })
    await settled()
    expect([held.claims[0]?.done, gate.calls.length]).toEqual([['failed'], 0])
  })
})
