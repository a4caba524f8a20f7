import { beforeEach, describe, expect, test } from 'vitest'
import type { Cache } from '../src/index.ts'
import type { FakeHeldCache } from './support/fake-held-cache.ts'
import { Gate } from './support/gate.ts'
import { settled, testCache } from './support/test-cache.ts'

let cache: Cache<string, unknown>
let held: FakeHeldCache
let gate: Gate<unknown>

beforeEach(() => {
  ;({ cache, held } = testCache())
  gate = new Gate()
})

describe('a load', () => {
  test('is stored, and answers the next read', async () => {
    const reading = cache.fetch('a', gate.loader)
    gate.calls[0]?.resolve('old')
    expect([await reading, await cache.fetch('a', gate.loader), cache.get('a')]).toEqual(['old', 'old', 'old'])
    expect(cache.stats()).toMatchObject({ hits: 2, misses: 1, loads: 1, entries: 1, loading: 0 })
  })

  test('is begun in the call of fetch', () => {
    void cache.fetch('a', gate.loader)
    expect(gate.calls).toHaveLength(1)
  })

  test('is joined by those who come while it runs', async () => {
    const reading = [1, 2, 3].map(() => cache.fetch('a', gate.loader))
    gate.calls[0]?.resolve('old')
    expect(await Promise.all(reading)).toEqual(['old', 'old', 'old'])
    expect(cache.stats()).toMatchObject({ loads: 1, joined: 2, misses: 3 })
  })

  test('of another key is another', () => {
    void cache.fetch('a', gate.loader)
    void cache.fetch('b', gate.loader)
    expect(gate.calls).toHaveLength(2)
  })

  test('that finds nothing is not stored, and one that finds null is', async () => {
    for (const value of [undefined, null]) {
      expect(await cache.fetch('a', () => value)).toBe(value)
      expect(cache.has('a')).toBe(value === null)
    }
    expect(await cache.fetch('a', () => 'other')).toBe(null)
  })
})

const invalidations: [string, (c: Cache<string, unknown>, h: FakeHeldCache) => unknown][] = [
  ['its key', (_, h) => h.evictKey('a')],
  ['its tag', (_, h) => h.evict({ kind: 'tag', text: 't' })],
  ['its prefix', (_, h) => h.evict({ kind: 'prefix', text: 'a' })],
  ['all', (_, h) => h.evict({ kind: 'all', text: '' })],
  ['a lost link', (_, h) => h.reset()],
  ['what it does not understand', (_, h) => h.evict({ kind: 'key', text: '?' })],
  ['its own worker: the key', (c) => c.invalidate('a')],
  ['its own worker: several keys', (c) => c.invalidate(['b', 'a'])],
  ['its own worker: the tag', (c) => c.invalidateTags(['s', 't'])],
  ['its own worker: the prefix', (c) => c.invalidatePrefix('')],
  ['its own worker: all', (c) => c.clear()],
  ['its own worker: a value that is set', (c) => c.set('a', undefined)],
]

describe.each(invalidations)('a load that is overtaken by an invalidation of %s', (_, invalidate) => {
  test('answers those who came before, and is not stored', async () => {
    const reading = [1, 2].map(() => cache.fetch('a', gate.loader, { tags: ['t'] }))
    void invalidate(cache, held)
    gate.calls[0]?.resolve('old')
    expect(await Promise.all(reading)).toEqual(['old', 'old'])
    expect([cache.get('a'), cache.has('a'), cache.peek('a')]).toEqual([undefined, false, undefined])
    expect(cache.stats()).toMatchObject({ loadsVoided: 1, entries: 0, loading: 0 })
  })

  test('is not joined by those who come after, whose load is stored', async () => {
    const before = cache.fetch('a', gate.loader, { tags: ['t'] })
    void invalidate(cache, held)
    const after = [1, 2].map(() => cache.fetch('a', gate.loader))
    expect(gate.calls).toHaveLength(2)
    gate.calls[1]?.resolve('new')
    expect(await Promise.all(after)).toEqual(['new', 'new'])
    gate.calls[0]?.resolve('old')
    expect(await before).toBe('old')
    expect(cache.get('a')).toBe('new')
  })

  test('takes the stored copy away', async () => {
    await cache.fetch('a', () => 'old', { tags: ['t'] })
    void invalidate(cache, held)
    expect([cache.get('a'), cache.has('a'), cache.peek('a')]).toEqual([undefined, false, undefined])
    expect(cache.stats().voided).toBe(1)
  })
})

const others: [string, (h: FakeHeldCache) => void][] = [
  ['another key', (h) => h.evictKey('b')],
  ['another tag', (h) => h.evict({ kind: 'tag', text: 'u' })],
  ['another prefix', (h) => h.evict({ kind: 'prefix', text: 'ab' })],
]

test.each(others)('an invalidation of %s leaves a load and a copy alone', async (_, invalidate) => {
  await cache.fetch('a2', () => 'kept', { tags: ['t'] })
  const reading = cache.fetch('a', gate.loader, { tags: ['t'] })
  invalidate(held)
  gate.calls[0]?.resolve('value')
  await reading
  expect([cache.get('a'), cache.get('a2')]).toEqual(['value', 'kept'])
})

describe('tags that the value tells', () => {
  const tags = (value: unknown): string[] => [`t${String(value)}`]

  test('let any tag void the load, because it may be one of them', async () => {
    const reading = cache.fetch('a', gate.loader, { tags })
    held.evict({ kind: 'tag', text: 'other' })
    gate.calls[0]?.resolve(1)
    await reading
    expect(cache.has('a')).toBe(false)
  })

  test('name the stored copy', async () => {
    await cache.fetch('a', () => 1, { tags })
    held.evict({ kind: 'tag', text: 't2' })
    expect(cache.has('a')).toBe(true)
    held.evict({ kind: 'tag', text: 't1' })
    expect(cache.has('a')).toBe(false)
  })

  test.each([
    [
      'throws',
      () => {
        throw new Error('no tags')
      },
      'no tags',
    ],
    ['returns no array', () => 'tag' as never, 'tags must be an array of strings, not "tag"'],
    ['returns what is no tag', () => [7] as never, 'a tag must be a string, not 7'],
  ])('fail the load when the function %s', async (__, faulty, message) => {
    await expect(cache.fetch('a', () => 1, { tags: faulty })).rejects.toThrow(message)
    expect(cache.stats()).toMatchObject({ entries: 0, loading: 0, loadsFailed: 1 })
  })

  test('may themselves invalidate what was loaded', async () => {
    const load = cache.fetch('a', () => 1, {
      tags: () => {
        void cache.invalidate('a')
        return []
      },
    })
    expect(await load).toBe(1)
    expect(cache.has('a')).toBe(false)
  })
})

describe('a loader that fails', () => {
  test.each([
    [
      'throws',
      () => {
        throw new Error('down')
      },
    ],
    ['rejects', () => Promise.reject(new Error('down'))],
  ])('when it %s, fails all who wait, and is not remembered', async (_, loader) => {
    let ask = (): void => undefined
    const asked = new Promise<void>((resolve) => {
      ask = resolve
    })
    const failing = async (): Promise<unknown> => {
      await asked
      return loader()
    }
    const reading = [1, 2].map(() => cache.fetch('a', failing))
    ask()
    for (const { status } of await Promise.allSettled(reading)) expect(status).toBe('rejected')
    await expect(cache.fetch('a', loader)).rejects.toThrow('down')
    expect(await cache.fetch('a', () => 'up')).toBe('up')
    expect(cache.stats()).toMatchObject({ loadsFailed: 2, loadsVoided: 0, loading: 0 })
  })

  test('is no unhandled rejection when nobody waits', async () => {
    const { signal, abort } = controller()
    const reading = cache.fetch('a', gate.loader, { signal })
    abort()
    await expect(reading).rejects.toMatchObject({ code: 'ABORTED' })
    gate.calls[0]?.reject(new Error('too late'))
    await settled()
    expect(cache.stats().loading).toBe(0)
  })

  test('voids no copy of another key', async () => {
    await cache.fetch('b', () => 'kept')
    await expect(cache.fetch('a', () => Promise.reject(new Error('down')))).rejects.toThrow('down')
    expect(cache.get('b')).toBe('kept')
  })
})

describe('a reader that is aborted', () => {
  test('ends only its own wait', async () => {
    const { signal, abort } = controller()
    const first = cache.fetch('a', gate.loader, { signal })
    const second = cache.fetch('a', gate.loader)
    abort(new Error('left'))
    await expect(first).rejects.toMatchObject({ code: 'ABORTED', cause: new Error('left') })
    expect(gate.calls[0]?.signal.aborted).toBe(false)
    gate.calls[0]?.resolve('value')
    expect([await second, cache.get('a')]).toEqual(['value', 'value'])
  })

  test('aborts the load when it was the last, and whoever comes then begins another', async () => {
    const readers = [controller(), controller()]
    const reading = readers.map(({ signal }) => cache.fetch('a', gate.loader, { signal }))
    readers[0]?.abort()
    expect(gate.calls[0]?.signal.aborted).toBe(false)
    readers[1]?.abort()
    expect(gate.calls[0]?.signal.aborted).toBe(true)
    for (const { status } of await Promise.allSettled(reading)) expect(status).toBe('rejected')
    const next = cache.fetch('a', gate.loader)
    gate.calls[0]?.resolve('of nobody')
    gate.calls[1]?.resolve('value')
    expect([await next, cache.get('a')]).toEqual(['value', 'value'])
  })

  test('before the call loads nothing', async () => {
    const reading = cache.fetch('a', gate.loader, { signal: AbortSignal.abort() })
    await expect(reading).rejects.toMatchObject({ code: 'ABORTED' })
    expect(gate.calls).toEqual([])
  })

  test('after the answer changes nothing', async () => {
    const { signal, abort } = controller()
    const reading = cache.fetch('a', gate.loader, { signal })
    gate.calls[0]?.resolve('value')
    await reading
    abort()
    expect([cache.get('a'), gate.calls[0]?.signal.aborted]).toEqual(['value', false])
  })

  test('leaves nothing of a loader that never ends', async () => {
    const { signal, abort } = controller()
    const reading = cache.fetch('a', () => new Promise(() => undefined), { signal })
    abort()
    await expect(reading).rejects.toMatchObject({ code: 'ABORTED' })
    expect(cache.stats().loading).toBe(0)
  })
})

describe('a loader that fetches', () => {
  test('its own key, is told that it would wait for itself', async () => {
    const reading = cache.fetch('a', () => cache.fetch('a', gate.loader))
    await expect(reading).rejects.toMatchObject({ code: 'NOT_ALLOWED' })
    expect(cache.stats().loading).toBe(0)
  })

  test('another key, gets it', async () => {
    expect(await cache.fetch('a', () => cache.fetch('b', () => 'value'))).toBe('value')
    expect([cache.get('a'), cache.get('b')]).toEqual(['value', 'value'])
  })

  test('may invalidate its own key', async () => {
    const reading = cache.fetch('a', () => {
      void cache.invalidate('a')
      return 'value'
    })
    expect(await reading).toBe('value')
    expect(cache.has('a')).toBe(false)
  })

  test('may close the cache', async () => {
    const reading = cache.fetch('a', () => cache.close())
    await expect(reading).rejects.toMatchObject({ code: 'CLOSED' })
  })
})

describe('a value that is set during a load', () => {
  test('stays, whatever the load brings', async () => {
    const reading = cache.fetch('a', gate.loader)
    void cache.set('a', 'set')
    gate.calls[0]?.resolve('loaded')
    expect([await reading, cache.get('a')]).toEqual(['loaded', 'set'])
  })
})

function controller(): { signal: AbortSignal; abort: (reason?: unknown) => void } {
  const made = new AbortController()
  return { signal: made.signal, abort: (reason) => made.abort(reason) }
}
