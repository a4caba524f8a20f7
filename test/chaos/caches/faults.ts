import type { Bus, HeldCache } from '@clusterbus/client'

/** Mistakes that a cache could make, to see whether they are found. */
export const faults = ['late-evict', 'no-lease', 'no-reset'] as const

export type Fault = (typeof faults)[number]

/** How late `late-evict` evicts, in milliseconds; it has said before that it has. */
const lateMs = 20

export function isFault(text: string): text is Fault {
  const known: readonly string[] = faults
  return known.includes(text)
}

/** What a cache needs of a bus, with that mistake in it. */
export function faulty(bus: Bus, fault: Fault | undefined): Pick<Bus, 'holdCache'> {
  if (fault === undefined) return bus
  return {
    holdCache(name, terms, holder): HeldCache {
      const held = bus.holdCache(name, terms, {
        evict: (selectors) => {
          if (fault === 'late-evict') setTimeout(() => holder.evict(selectors), lateMs)
          else holder.evict(selectors)
        },
        reset: () => {
          if (fault !== 'no-reset') holder.reset()
        },
      })
      return fault === 'no-lease' ? unleased(held) : held
    },
  }
}

function unleased(held: HeldCache): HeldCache {
  return {
    ready: held.ready,
    isFresh: true,
    get fencedMs() {
      return held.fencedMs
    },
    now: () => held.now(),
    freshNow: () => held.now(),
    invalidate: (selectors, options) => held.invalidate(selectors, options),
    claim: (key, signal) => held.claim(key, signal),
    close: () => held.close(),
  }
}
