import { describe, expect, test } from 'vitest'
import { createCache } from '../src/index.ts'
import { FakeHeldCache } from './support/fake-held-cache.ts'
import { testCache } from './support/test-cache.ts'

const badOption = { code: 'BAD_OPTION' }

describe('createCache', () => {
  test.each([
    ['no options', undefined, 'options'],
    ['options that are null', null, 'options'],
    ['options that are a list', [], 'options'],
    ['no name', {}, 'name'],
    ['an empty name', { name: '' }, 'name'],
    ['a name that is no string', { name: 7 }, 'name'],
    ['an option that is none', { name: 'a', maxx: 1 }, 'maxx'],
    ['a field __proto__', JSON.parse('{"name":"a","__proto__":1}'), '__proto__'],
    ['a max of 0', { name: 'a', max: 0 }, 'max'],
    ['a max that is no whole number', { name: 'a', max: 1.5 }, 'max'],
    ['a max that no Map can hold', { name: 'a', max: 2 ** 24 + 1 }, 'max'],
    ['a max that is NaN', { name: 'a', max: NaN }, 'max'],
    ['a maxSize without sizeOf', { name: 'a', maxSize: 5 }, 'sizeOf'],
    ['a sizeOf without maxSize', { name: 'a', sizeOf: () => 1 }, 'sizeOf'],
    ['a sizeOf that is no function', { name: 'a', maxSize: 5, sizeOf: 1 }, 'sizeOf'],
    ['a maxSize of infinity', { name: 'a', maxSize: Infinity, sizeOf: () => 1 }, 'maxSize'],
    ['a ttl of 0', { name: 'a', ttl: 0 }, 'ttl'],
    ['a ttl that is text', { name: 'a', ttl: '1m' }, 'ttl'],
    ['a single flight that is none', { name: 'a', singleFlight: 'host' }, 'singleFlight'],
    ['a share that is none', { name: 'a', singleFlight: 'cluster', share: 'all' }, 'share'],
    ['a share within one worker', { name: 'a', share: 'value' }, 'share'],
    ['a negative staleIfError', { name: 'a', staleIfError: -1 }, 'staleIfError'],
    ['a staleWhileRevalidate that is true', { name: 'a', staleWhileRevalidate: true }, 'staleWhileRevalidate'],
  ])('refuses %s', (_, options, option) => {
    expect(() => createCache(new FakeHeldCache(), options as never)).toThrow(
      expect.objectContaining({ ...badOption, option }),
    )
  })

  test('tells the terms that are in force, given or not', () => {
    expect(testCache().held.terms).toEqual({
      max: 10_000,
      maxSize: 0,
      ttl: 0,
      singleFlight: 'worker',
      share: 'load',
      staleIfError: 0,
      staleWhileRevalidate: 0,
    })
    const { held } = testCache({ maxSize: 10, sizeOf: () => 1, ttl: 5, singleFlight: 'cluster', share: 'value' })
    expect(held.terms).toMatchObject({ max: 0, maxSize: 10, ttl: 5, singleFlight: 'cluster', share: 'value' })
    expect(held.name).toBe('users')
  })
})

const badKeys: [string, unknown][] = [
  ['undefined', undefined],
  ['null', null],
  ['an object', {}],
  ['a list', ['a']],
  ['a boolean', true],
  ['a bigint', 1n],
  ['a symbol', Symbol('a')],
  ['NaN', NaN],
  ['infinity', -Infinity],
  ['half of a surrogate pair', 'a\ud800'],
  ['one byte too many', 'x'.repeat(8_192)],
  ['too many bytes', '€'.repeat(2_731)],
]

describe.each(badKeys)('a key that is %s', (name, key) => {
  const { cache, held } = testCache()

  test('is refused by reads', async () => {
    for (const call of ['get', 'has', 'peek'] as const) {
      expect(() => cache[call](key as string)).toThrow(expect.objectContaining(badOption))
    }
    await expect(cache.fetch(key as string, () => 1)).rejects.toMatchObject(badOption)
  })

  test('is refused by set', () => {
    expect(() => cache.set(key as string, 1)).toThrow(expect.objectContaining(badOption))
  })

  test('voids nothing beside it', async () => {
    await cache.set('good', 1)
    held.told.length = 0
    const asOneOfMany = ['good', key as string]
    // A list by itself would be a list of keys.
    for (const bad of name === 'a list' ? [asOneOfMany] : [key as string, asOneOfMany]) {
      expect(() => cache.invalidate(bad)).toThrow(expect.objectContaining(badOption))
    }
    expect([cache.get('good'), held.told]).toEqual([1, []])
  })
})

test.each(['', '__proto__', 'constructor', 'hasOwnProperty', '\0', '😀', 'x'.repeat(8_191), '€'.repeat(2_730)])(
  'any other string is a key, a tag and a prefix: %j',
  async (text) => {
    const { cache, held } = testCache()
    expect(cache.get(text)).toBeUndefined()
    await cache.fetch(text, () => 'value', { tags: [text] })
    expect(cache.get(text)).toBe('value')
    held.evict({ kind: 'tag', text })
    expect(cache.has(text)).toBe(false)
    await cache.set(text, 'value')
    await cache.invalidatePrefix(text)
    expect(cache.has(text)).toBe(false)
    await cache.set(text, 'value')
    held.evictKey(text)
    expect(cache.has(text)).toBe(false)
  },
)

test('0 and -0 are one key, 1 and "1" are two', async () => {
  const { cache } = testCache<string | number>()
  await cache.set(-0, 'zero')
  await cache.set(1, 'number')
  await cache.set('1', 'string')
  expect([cache.get(0), cache.get(1), cache.get('1')]).toEqual(['zero', 'number', 'string'])
  await cache.invalidate(0)
  expect(cache.has(-0)).toBe(false)
})

describe('other arguments that are refused', () => {
  const { cache, held } = testCache()
  const many = Array.from({ length: 257 }, (_, number) => `t${number}`)

  test.each([
    ['no loader', undefined, {}, 'loader'],
    ['a loader that is a promise', Promise.resolve(1), {}, 'loader'],
    ['options that are a number', () => 1, 60_000, 'options'],
    ['an option that is none', () => 1, { tag: 't' }, 'tag'],
    ['tags that are a string', () => 1, { tags: 't' }, 'tags'],
    ['a tag that is a number', () => 1, { tags: [1] }, 'tag'],
    ['a tag with half of a surrogate pair', () => 1, { tags: ['\udc00'] }, 'tag'],
    ['too many tags', () => 1, { tags: many }, 'tags'],
    ['a ttl that is NaN', () => 1, { ttl: NaN }, 'ttl'],
    ['a signal that is a controller', () => 1, { signal: new AbortController() }, 'signal'],
  ])('by fetch: %s', async (_, loader, options, option) => {
    await expect(cache.fetch('a', loader as never, options as never)).rejects.toMatchObject({ ...badOption, option })
    expect(cache.stats()).toMatchObject({ loads: 0, loading: 0 })
  })

  test.each([
    ['a promise', Promise.resolve(1), {}, 'value'],
    ['tags that are a function', 1, { tags: () => [] }, 'tags'],
    ['a signal', 1, { signal: AbortSignal.abort() }, 'signal'],
    ['a ttl of 0', 1, { ttl: 0 }, 'ttl'],
  ])('by set: %s', (_, value, options, option) => {
    expect(() => cache.set('a', value, options as never)).toThrow(expect.objectContaining({ ...badOption, option }))
    expect(held.told).toEqual([])
  })

  test.each([
    ['invalidate', ['a', { timeout: -1 }], 'timeout'],
    ['invalidate', ['a', { timeout: NaN }], 'timeout'],
    ['invalidate', ['a', { timeouts: 1 }], 'timeouts'],
    ['invalidate', ['a', { signal: 1 }], 'signal'],
    ['invalidateTags', ['t'], 'tags'],
    ['invalidateTags', [[1]], 'tag'],
    ['invalidateTags', [['t'], null], 'options'],
    ['invalidatePrefix', [1], 'prefix'],
    ['invalidatePrefix', ['p', { timeout: 'soon' }], 'timeout'],
    ['clear', ['all'], 'options'],
  ] as const)('by %s: %j', (call, args, option) => {
    const made: (...args: never[]) => Promise<unknown> = cache[call].bind(cache)
    expect(() => made(...(args as unknown as never[]))).toThrow(expect.objectContaining({ ...badOption, option }))
    expect(held.told).toEqual([])
  })
})

describe('a closed cache', () => {
  test('serves nothing, loads nothing, and says so', async () => {
    const { cache, held } = testCache()
    await cache.set('a', 1)
    held.told.length = 0
    cache.close()
    cache.close()
    cache[Symbol.dispose]()
    held.isClosed = false
    expect([cache.get('a'), cache.has('a'), cache.peek('a'), cache.stats().entries]).toEqual([
      undefined,
      false,
      undefined,
      0,
    ])
    let loads = 0
    for (const call of [
      () => cache.fetch('a', () => (loads += 1)),
      () => cache.set('a', 2),
      () => cache.invalidate('a'),
      () => cache.invalidate([]),
      () => cache.invalidateTags(['t']),
      () => cache.invalidatePrefix('a'),
      () => cache.clear(),
      () => cache.ready(),
    ]) {
      await expect(call()).rejects.toMatchObject({ code: 'CLOSED' })
    }
    expect([loads, held.told, cache.get('a')]).toEqual([0, [], undefined])
  })

  test('ends loads under way, and stores none of them', async () => {
    const { cache, held } = testCache()
    let told: AbortSignal | undefined
    const reading = cache.fetch('a', ({ signal }) => {
      told = signal
      return new Promise(() => undefined)
    })
    cache.close()
    await expect(reading).rejects.toMatchObject({ code: 'CLOSED' })
    expect(told?.aborted).toBe(true)
    expect(held.isClosed).toBe(true)
    expect(cache.stats().loading).toBe(0)
  })
})
