import { createBus } from '@clusterbus/client'
import { busConformance, type BusHost, runCase } from '@clusterbus/testkit'
import { describe, it } from 'vitest'
import { nextWarning } from '../../support/fail-on-warning.ts'

const createWith = (...args: readonly unknown[]): unknown => Reflect.apply(createBus, undefined, args)
const host: BusHost = { memberKind: 'primary', createBus, createWith, nextWarning }

/** Every case of the suite, with buses of this very process. */
export function testBusesOfThisProcess(): void {
  for (const [concept, cases] of Object.entries(busConformance)) {
    describe(concept, () => {
      for (const busCase of cases) it(busCase.name, () => runCase(busCase, host))
    })
  }
}
