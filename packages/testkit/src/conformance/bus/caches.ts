import type { Bus, CacheHolder, CacheTerms, Claim, HeldCache, Selector } from '@clusterbus/client'
import assert from 'node:assert/strict'
import type { BusCase } from '../bus-case.ts'
import { nextError, rejectsWith, throwsWith } from '../tools/failures.ts'

/** A holder that writes down what it is told. */
class Recorder implements CacheHolder {
  readonly evicted: Selector[] = []
  resets = 0

  evict(selectors: readonly Selector[]): void {
    this.evicted.push(...selectors)
  }

  reset(): void {
    this.resets += 1
  }
}

interface Held {
  readonly bus: Bus
  readonly cache: HeldCache
  readonly told: Recorder
}

function hold(bus: Bus, name = 'users', terms: CacheTerms = { max: 10 }): Held {
  const told = new Recorder()
  return { bus, cache: bus.holdCache(name, terms, told), told }
}

async function held(bus: Bus, name?: string): Promise<Held> {
  const one = hold(bus, name)
  await one.cache.ready
  await fresh(one.cache)
  return one
}

/** Resolves when copies may be served. */
async function fresh(cache: HeldCache): Promise<void> {
  while (!cache.isFresh) await new Promise((resolve) => setTimeout(resolve, 1))
}

const key = (text: string): Selector => ({ kind: 'key', text })
const none = { members: 0, fenced: 0 }

export const caches: readonly BusCase[] = [
  {
    name: 'an invalidation has been heeded by all others that hold the cache when it resolves',
    async run(t) {
      const [one, two, three] = [await held(t.bus()), await held(t.bus()), await held(t.bus())]
      const selectors: Selector[] = [
        key('a'),
        { kind: 'tag', text: 'tenant:1' },
        { kind: 'prefix', text: 's' },
        { kind: 'all', text: '' },
      ]
      assert.deepEqual(await one.cache.invalidate(selectors), { members: 2, fenced: 0 })
      assert.deepEqual(two.told.evicted, selectors)
      assert.deepEqual(three.told.evicted, selectors)
      assert.deepEqual(one.told.evicted, [])
    },
  },
  {
    name: 'an invalidation concerns nobody who holds another cache, or none',
    async run(t) {
      const [one, other] = [await held(t.bus()), await held(t.bus(), 'orders')]
      await t.connected()
      assert.deepEqual(await one.cache.invalidate([key('a')]), none)
      assert.deepEqual(other.told.evicted, [])
    },
  },
  {
    name: 'an invalidation of nothing resolves, and nobody is told',
    async run(t) {
      const [one, two] = [await held(t.bus()), await held(t.bus())]
      assert.deepEqual(await one.cache.invalidate([]), none)
      assert.deepEqual(two.told.evicted, [])
    },
  },
  {
    name: 'invalidations keep their order among messages of the same bus',
    async run(t) {
      const [bus, other] = [t.bus(), t.bus()]
      const [one, two] = [await held(bus), await held(other)]
      const seen: string[] = []
      const last = new Promise<void>((resolve) => {
        other.subscribe('changed', (name: string) => {
          seen.push(`${name} after ${two.told.evicted.map(({ text }) => text).join('')}`)
          if (name === 'c') resolve()
        })
      })
      await other.flush()
      for (const name of ['a', 'b', 'c']) {
        void one.cache.invalidate([key(name)])
        bus.publish('changed', name)
      }
      await last
      // Handlers may run later than evictions that came behind their message, and never before one that came first.
      for (const [index, line] of seen.entries()) {
        assert.ok(line.startsWith(`${'abc'[index]} after ${'abc'.slice(0, index + 1)}`), line)
      }
    },
  },
  {
    name: 'thousands of keys in one call, and one by one, are all heeded',
    async run(t) {
      const [one, two] = [await held(t.bus()), await held(t.bus())]
      const keys = Array.from({ length: t.many(10_000) }, (_, index) => key(`key-${index}-ä`))
      assert.deepEqual(await one.cache.invalidate(keys), { members: 1, fenced: 0 })
      assert.deepEqual(two.told.evicted, keys)
      await Promise.all(keys.map((selector) => one.cache.invalidate([selector])))
      assert.equal(two.told.evicted.length, 2 * keys.length)
      assert.deepEqual(two.told.evicted.slice(keys.length), keys)
    },
  },
  {
    name: 'an invalidation before the bus is connected waits for the broker',
    async run(t) {
      const two = await held(t.bus())
      const { cache } = hold(t.bus())
      assert.deepEqual(await cache.invalidate([key('a')]), { members: 1, fenced: 0 })
      assert.deepEqual(two.told.evicted, [key('a')])
    },
  },
  {
    name: 'caches of one name on different terms say what differs, and are void all the same',
    async run(t) {
      const one = await held(t.bus())
      const bus = t.bus()
      const reported = nextError(bus)
      const { cache } = hold(bus, 'users', { max: 11, ttl: 5 })
      const { message } = await rejectsWith('BAD_OPTION', cache.ready)
      assert.match(message, /max is 11 here and 10, ttl is 5 here and not set in member \d+/)
      assert.equal((await reported).message, message)
      assert.equal(cache.isFresh, false)
      assert.deepEqual(await cache.invalidate([key('a')]), { members: 1, fenced: 0 })
      assert.deepEqual(one.told.evicted, [key('a')])
      // It holds it as soon as those who differ are gone.
      one.cache.close()
      await fresh(cache)
    },
  },
  {
    name: 'a cache that is closed is reset, hears of nothing, and takes nothing',
    async run(t) {
      const [one, two] = [await held(t.bus()), await held(t.bus())]
      two.cache.close()
      two.cache.close()
      assert.equal(two.told.resets, 1)
      assert.equal(two.cache.isFresh, false)
      await rejectsWith('CLOSED', two.cache.invalidate([key('a')]))
      await rejectsWith('CLOSED', two.cache.claim('a'))
      // Nothing orders what two buses say but that the broker has heard the one.
      await two.bus.flush()
      assert.deepEqual(await one.cache.invalidate([key('a')]), none)
      assert.deepEqual(two.told.evicted, [])
    },
  },
  {
    name: 'a bus that is closed leaves nobody waiting, and resets what it held',
    async run(t) {
      const bus = t.bus()
      const [one, two] = [await held(t.bus()), await held(bus)]
      await bus.close()
      assert.equal(two.told.resets, 1)
      assert.equal(two.cache.isFresh, false)
      assert.deepEqual(await one.cache.invalidate([key('a')]), none)
      await rejectsWith('CLOSED', two.cache.invalidate([key('a')]))
      throwsWith('CLOSED', () => hold(bus))
    },
  },
  {
    name: 'a key is claimed by one at a time, and those who wait get its value',
    async run(t) {
      const [one, two, three] = [await held(t.bus()), await held(t.bus()), await held(t.bus())]
      const mine = await one.cache.claim('a')
      assert.ok(mine.mine)
      const waiting = [two.cache.claim('a'), three.cache.claim('a')]
      const elsewhere = await two.cache.claim('b')
      assert.ok(elsewhere.mine)
      await three.bus.flush()
      mine.release({ data: { name: 'Ada', list: [1, 'ä', null] } })
      mine.release({ data: 'twice' })
      const value = { data: { name: 'Ada', list: [1, 'ä', null] } }
      assert.deepEqual(await Promise.all(waiting), [
        { mine: false, value },
        { mine: false, value },
      ])
      // It is free again.
      assert.ok((await three.cache.claim('a')).mine)
    },
  },
  {
    name: 'those who wait for a claim load for themselves without a value, and take turns when it failed',
    async run(t) {
      const [one, two] = [await held(t.bus()), await held(t.bus())]
      const first = await one.cache.claim('a')
      const next = two.cache.claim('a')
      assert.ok(first.mine)
      await two.bus.flush()
      first.failed()
      const second = await next
      assert.ok(second.mine)
      const third = one.cache.claim('a')
      await one.bus.flush()
      second.release()
      assert.deepEqual(await third, { mine: false, value: undefined } satisfies Claim)
    },
  },
  {
    name: 'who claims after an invalidation does not wait for what was claimed before it',
    async run(t) {
      const [one, two] = [await held(t.bus()), await held(t.bus())]
      assert.ok((await one.cache.claim('a')).mine)
      assert.ok((await one.cache.claim('b')).mine)
      await two.cache.invalidate([key('a')])
      assert.ok((await two.cache.claim('a')).mine)
      await two.cache.invalidate([{ kind: 'tag', text: 'some' }])
      assert.ok((await two.cache.claim('b')).mine)
    },
  },
  {
    name: 'a claim goes on when the bus that has it closes, and when who waits gives up',
    async run(t) {
      const bus = t.bus()
      const [one, two, three] = [await held(bus), await held(t.bus()), await held(t.bus())]
      assert.ok((await one.cache.claim('a')).mine)
      const controller = new AbortController()
      const given = two.cache.claim('a', controller.signal)
      const waiting = three.cache.claim('a')
      controller.abort()
      await rejectsWith('ABORTED', given)
      await bus.close()
      assert.ok((await waiting).mine)
    },
  },
  {
    name: 'what is no cache, no selector and no key is refused',
    async run(t) {
      const bus = t.bus()
      const { cache } = await held(bus)
      for (const name of ['', 'x'.repeat(256), '\ud800']) throwsWith('BAD_OPTION', () => hold(bus, name))
      assert.match(throwsWith('BAD_OPTION', () => hold(bus)).message, /holds a cache of that name already/)
      throwsWith('BAD_OPTION', () => hold(bus, 'big', { text: 'x'.repeat(5_000) }))
      throwsWith('BAD_OPTION', () => hold(bus, 'odd', { max: NaN }))
      for (const selector of [key('\ud800'), key('x'.repeat(9_000)), { kind: 'toString', text: 'a' }]) {
        // @ts-expect-error: what an app without types may pass.
        await rejectsWith('BAD_OPTION', cache.invalidate([selector]))
      }
      await rejectsWith('BAD_OPTION', cache.claim('\udc00'))
      await rejectsWith('BAD_OPTION', cache.invalidate([key('a')], { timeout: -1 }))
      // @ts-expect-error: a misspelt option would do nothing.
      await rejectsWith('BAD_OPTION', cache.invalidate([key('a')], { timeOut: 1 }))
      assert.deepEqual(await cache.invalidate([key(''), key('__proto__'), key('\0'), key('x'.repeat(8_192))]), none)
    },
  },
  {
    name: 'a wait for others ends with its signal and its time, and what is void stays void',
    async run(t) {
      const [one, two] = [await held(t.bus()), await held(t.bus())]
      const aborted = AbortSignal.abort()
      await rejectsWith('ABORTED', one.cache.invalidate([key('a')], { signal: aborted }))
      const controller = new AbortController()
      const answer = one.cache.invalidate([key('b')], { signal: controller.signal })
      controller.abort()
      await rejectsWith('ABORTED', answer)
      await one.cache.invalidate([key('c')])
      assert.deepEqual(two.told.evicted, [key('b'), key('c')])
    },
  },
]
