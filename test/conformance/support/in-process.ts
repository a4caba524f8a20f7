// Buses load it when they need one, and from sources that takes too long on a busy machine.
import '@clusterbus/broker/local'
import { type BusOptions, createBus, type EventMap, type MemberKind } from '@clusterbus/client'
import { busConformance, type BusHost, runCase, type Volume } from '@clusterbus/testkit'
import { describe, it } from 'vitest'
import { nextWarning } from '../../support/warnings.ts'

/** Every case of the suite, with buses of this very process, which are told `common` beside what the case tells them. */
export function testBusesOfThisProcess(
  volume: Volume,
  common: BusOptions = {},
  memberKind: MemberKind = 'primary',
): void {
  const host: BusHost = {
    volume,
    memberKind,
    createBus: <Events extends EventMap>(options?: BusOptions) =>
      createBus<Events>(options?.broker === 'local' ? options : { ...common, ...options }),
    createWith: (...args: readonly unknown[]): unknown => Reflect.apply(createBus, undefined, args),
    nextWarning,
  }
  for (const [concept, cases] of Object.entries(busConformance)) {
    describe(concept, () => {
      for (const busCase of cases) it(busCase.name, () => runCase(busCase, host))
    })
  }
}
