import type { ManualClock } from '@clusterbus/testkit'
import type { Party } from './party.ts'
import type { PartyName } from './tape.ts'

/** What happens beside the members. */
interface World {
  readonly clock: ManualClock
  /** Whether the link of the broker to that member takes anything. */
  takes(who: PartyName, takes: boolean): void
  /** The broker closes. */
  close(): void
}

/** A part of the conversation: what the app of each member does, and what happens beside. */
export type Step = { readonly name: string; readonly world?: (world: World) => void } & {
  readonly [Who in PartyName]?: (party: Party) => void
}

/** The limits of the broker; small ones are met. */
export const conversationLimits = { topicNames: 6, subscriptions: 8, memberMessages: 1_000 } as const

type Held = ReturnType<Party['bus']['holdCache']>

const held = new Map<Party, Held>()
const gates = new Map<Party, () => void>()

/** Hears everything that a member could hear of in version 1. */
export const steps: readonly Step[] = [
  {
    name: 'subscribing',
    b: (party) => {
      hear(party, 'user.*')
      hear(party, 'work', 'workers')
      party.bus.respond('sum', ([left, right]: [number, number]) => left + right)
      party.bus.respond('fails', () => {
        throw Object.assign(new TypeError('no such order'), { code: 'E_ORDER' })
      })
      party.bus.respond('silent', () => new Promise(() => undefined))
    },
    c: (party) => {
      hear(party, 'work', 'workers')
      hear(party, 'user.>')
      party.bus.respond('plain', () => 'unreadable')
    },
  },
  { name: 'by name', a: ({ bus }) => void bus.publish('user.login', 'first', { headers: { trace: 'x' } }) },
  { name: 'a number is told', a: ({ bus }) => void bus.publish('user.login', new Uint8Array([1, 2, 3])) },
  {
    name: 'by number, and with a shape',
    a: ({ bus }) => {
      for (let id = 0; id < 20; id += 1) bus.publish('user.login', { id, name: 'n' })
    },
  },
  {
    name: 'echo',
    a: (party) => {
      hear(party, 'user.login')
      party.bus.publish('user.login', 'own', { echo: false })
      party.bus.publish('user.login', 'own')
    },
  },
  {
    name: 'another codec',
    c: ({ bus }) => {
      for (let id = 0; id < 3; id += 1) bus.publish('user.login', { id }, { headers: { id: String(id) } })
    },
  },
  {
    name: 'groups',
    a: ({ bus }) => {
      for (let job = 0; job < 4; job += 1) bus.publish('work', job)
    },
  },
  {
    name: 'requests',
    c: (party) => {
      party.await('sum', party.bus.request('sum', [1, 2]))
      party.await('fails', party.bus.request('fails'))
      party.await('nobody', party.bus.request('nobody'))
    },
    a: (party) => {
      party.await('plain', party.bus.request('plain', new Map([[1, 2]])))
      const giveUp = new AbortController()
      party.await('silent', party.bus.request('silent', 1, { signal: giveUp.signal }))
      setImmediate(() => setImmediate(() => giveUp.abort()))
    },
  },
  {
    name: 'confirming',
    a: (party) => {
      party.await('routed', party.bus.publish('user.login', 1, { confirm: 'routed' }))
      party.await('handled', party.bus.publish('user.fail', 2, { confirm: 'handled' }))
      party.await('in a group', party.bus.publish('work', 4, { confirm: 'handled' }))
      party.await('members', party.bus.members())
      party.await('flush', party.bus.flush())
    },
  },
  {
    name: 'a full subscription',
    b: (party) => {
      const open = new Promise<void>((resolve) => gates.set(party, resolve))
      party.bus.subscribe('slow', () => open, { queuedMessages: 2 })
      party.await('subscribed', party.bus.flush())
    },
  },
  {
    name: 'says so',
    a: ({ bus }) => {
      for (let number = 0; number < 4; number += 1) bus.publish('slow', number)
    },
  },
  {
    name: 'its publisher is held',
    a: (party) => {
      party.bus.publish('slow', 4)
      party.await('let go', party.bus.flush())
    },
  },
  { name: 'and let go', b: (party) => gates.get(party)?.() },
  {
    name: 'a member takes nothing more',
    world: (world) => world.takes('c', false),
    a: ({ bus }) => void bus.publish('user.logout', new Uint8Array([0])),
  },
  {
    name: 'what waits for it is dropped',
    a: ({ bus }) => {
      for (let id = 1; id < 9; id += 1) bus.publish('user.logout', new Uint8Array([id]))
    },
  },
  { name: 'it hears of a gap', world: (world) => world.takes('c', true) },
  {
    name: 'numbers are withdrawn',
    a: ({ bus }) => {
      for (let turn = 0; turn < 2; turn += 1) {
        for (let topic = 0; topic < 24; topic += 1) for (let n = 0; n < 2; n += 1) bus.publish(`once.${topic}`, n)
      }
    },
  },
  {
    name: 'too many subscriptions',
    c: (party) => {
      for (let more = 0; more < 6; more += 1) party.await('more', party.bus.subscribe(`more.${more}`, () => 0).ready)
    },
  },
  {
    name: 'unsubscribing',
    b: (party) => {
      const subscription = party.bus.subscribe('for.a.while', () => 0, { max: 3 })
      party.await('drained', subscription.drain())
    },
  },
  { name: 'are you there', world: ({ clock }) => clock.pass(501) },
  {
    name: 'caches',
    a: (party) => holdCache(party, { ttl: 1 }),
    b: (party) => holdCache(party, { ttl: 1 }),
    c: (party) => holdCache(party, { ttl: 2 }),
  },
  {
    name: 'invalidating',
    a: (party) => {
      const cache = holdOf(party)
      const selectors = [
        { kind: 'key', text: 'k' },
        { kind: 'tag', text: 't' },
        { kind: 'prefix', text: 'p' },
        { kind: 'all', text: '' },
      ] as const
      party.await('invalidated', cache.invalidate(selectors))
    },
  },
  {
    name: 'claiming',
    a: (party) => claim(party, 'key', (mine) => gates.set(party, () => mine.release({ data: 'v' }))),
  },
  { name: 'claimed by others too', b: (party) => claim(party, 'key', () => undefined) },
  { name: 'a value is given', a: (party) => gates.get(party)?.() },
  { name: 'a load fails', a: (party) => claim(party, 'other', (mine) => mine.failed()) },
  { name: 'a member leaves', a: ({ bus }) => void bus.close() },
  { name: 'the broker closes', world: (world) => world.close() },
]

function hear(party: Party, pattern: string, group?: string): void {
  const options = group === undefined ? {} : { group }
  const subscription = party.bus.subscribe(
    pattern,
    (data, { topic, from, headers, codec, gap }) => {
      party.note(`${pattern} heard`, [topic, data, from, headers, codec, gap])
      if (topic === 'user.fail') throw new Error('it fails')
    },
    options,
  )
  party.await(`${pattern} ready`, subscription.ready)
}

function holdCache(party: Party, terms: Readonly<Record<string, number>>): void {
  const cache = party.bus.holdCache('users', terms, {
    evict: (selectors) => party.note('evict', selectors),
    reset: () => party.note('reset'),
  })
  held.set(party, cache)
  party.await('cache', cache.ready)
}

function holdOf(party: Party): Held {
  const cache = held.get(party)
  if (cache === undefined) throw new Error('it holds no cache')
  return cache
}

function claim(
  party: Party,
  key: string,
  granted: (mine: { release(value: { data: unknown }): void; failed(): void }) => void,
): void {
  void holdOf(party)
    .claim(key)
    .then((claimed) => {
      party.note(`claim ${key}`, claimed.mine ? 'mine' : claimed.value)
      if (claimed.mine) granted(claimed)
    })
}
