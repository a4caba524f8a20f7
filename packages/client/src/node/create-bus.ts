import { LifecycleEvents, systemClock } from '@clusterbus/transport'
import { randomUUID } from 'node:crypto'
import type { Bus, BusEvents } from '../bus.ts'
import type { EventMap, Untyped } from '../events.ts'
import type { EventsOf, Schemas } from '../schemas.ts'
import { BusCore } from '../core/bus-core.ts'
import type { Turns } from '../core/environment.ts'
import { type BusOptions, checkOptions } from './bus-options.ts'
import { channels } from './channels.ts'
import { flushAtExit, isExiting } from './exit-flush.ts'
import { findBroker } from './find-broker.ts'
import { meetThreads } from './threads.ts'

const turns: Turns = {
  // When the process exits no turn comes any more, but other listeners of its exit may still publish.
  soon: (callback) => (isExiting() ? callback() : process.nextTick(callback)),
  endOfTurn: (callback) => (isExiting() ? callback() : void setImmediate(callback)),
}

/**
 * Creates a bus. Synchronous, and usable at once. A bus alone does not keep its process running; a call that somebody
 * awaits does, as long as it may take.
 *
 * ```ts
 * const bus = createBus<{ 'user-login': { userId: number } }>()
 * bus.subscribe('user-login', ({ userId }) => console.log(userId))
 * bus.publish('user-login', { userId: 123 })
 * ```
 *
 * Types of events are those of the map that it is given, or else those of `schemas`. Throws `BAD_OPTION`.
 */
export function createBus<Given extends Schemas>(
  options: BusOptions & { readonly schemas: Given },
): Bus<EventsOf<Given>>
export function createBus<Events extends EventMap = Record<string, Untyped>>(options?: BusOptions): Bus<Events>
export function createBus(options: BusOptions = {}): Bus {
  const checked = checkOptions(options)
  const { codec, connectTimeout, drainTimeout, limits, terms, schemas } = checked
  const leaveThreads = checked.broker === 'local' || checked.at !== undefined ? undefined : meetThreads()
  // Its id is known to its broker alone: a bus that comes over a new link has given up the one before.
  const connector = findBroker({ ...checked, bus: randomUUID() })
  const bus: BusCore = new BusCore({
    connector,
    clock: systemClock,
    turns,
    events: new LifecycleEvents<BusEvents>(['connect', 'disconnect', 'error', 'slow', 'close']),
    limits,
    codec,
    schemas,
    channels,
    ...(terms === undefined ? {} : { terms }),
    connectTimeoutMs: connectTimeout,
    drainTimeoutMs: drainTimeout,
    closed: () => {
      stopFlushing()
      leaveThreads?.()
      return connector.closed?.()
    },
  })
  const stopFlushing = flushAtExit(bus)
  bus.start()
  return bus
}
