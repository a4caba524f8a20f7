import { backPressure } from './bus/back-pressure.ts'
import { badArguments } from './bus/bad-arguments.ts'
import { caches } from './bus/caches.ts'
import { codecs } from './bus/codecs.ts'
import { confirmingFailures } from './bus/confirming-failures.ts'
import { confirming } from './bus/confirming.ts'
import { draining } from './bus/draining.ts'
import { groups } from './bus/groups.ts'
import { handlers } from './bus/handlers.ts'
import { iterating } from './bus/iterating.ts'
import { lifecycle } from './bus/lifecycle.ts'
import { membersAndStats } from './bus/members-stats.ts'
import { order } from './bus/order.ts'
import { overflowing } from './bus/overflowing.ts'
import { overflow } from './bus/overflow.ts'
import { payloads } from './bus/payloads.ts'
import { publishSubscribe } from './bus/publish-subscribe.ts'
import { requestFailures } from './bus/request-failures.ts'
import { requests } from './bus/requests.ts'
import { subscriptions } from './bus/subscriptions.ts'
import { wildcards } from './bus/wildcards.ts'
import type { BusCase } from './bus-case.ts'

/** What a bus promises, wherever it lives: cases by concept. */
export const busConformance: Readonly<Record<string, readonly BusCase[]>> = {
  'publish and subscribe': publishSubscribe,
  subscriptions,
  wildcards,
  groups,
  requests,
  'requests that fail': requestFailures,
  'confirmed messages': confirming,
  'confirmed messages that fail': confirmingFailures,
  handlers,
  iterating,
  order,
  payloads,
  codecs,
  'bad arguments': badArguments,
  'back-pressure': backPressure,
  'queues that overflow': overflowing,
  overflow,
  caches,
  lifecycle,
  draining,
  'members and stats': membersAndStats,
}
