import { type BusError, type Limits, type OverflowOptions, resolveLimits } from '@clusterbus/protocol'
import { FakeLink, ManualClock } from '@clusterbus/testkit'
import { BrokerCore } from '../../src/core/broker-core.ts'
import type { BrokerCoreOptions } from '../../src/core/broker-core-options.ts'
import * as says from './says.ts'

export interface TestBrokerOptions extends Partial<Pick<BrokerCoreOptions, 'liveness' | 'stallMs' | 'authorize'>> {
  readonly limits?: Partial<Limits>
  readonly terms?: OverflowOptions
}

/** A broker whose links and whose time are in the hand of a test. A member may leave its queue full for a second, unless
 * the test says otherwise. */
export class TestBroker {
  readonly clock: ManualClock = new ManualClock()
  readonly reported: BusError[] = []
  readonly core: BrokerCore

  constructor({ limits, ...options }: TestBrokerOptions = {}) {
    const report = (error: BusError): void => void this.reported.push(error)
    this.core = new BrokerCore({ stallMs: 1_000, ...options, limits: resolveLimits(limits), clock: this.clock, report })
  }

  /** Members are numbered from 1 in the order in which they join. */
  join(name = 'someone', bus?: string, version?: number): FakeLink {
    const link = new FakeLink()
    this.core.accept(link, { name, pid: 1, kind: 'cluster', bus, version })
    return link
  }

  /** A member with one subscription. */
  subscriber(pattern: string, options: { readonly group?: string } = {}): FakeLink {
    const link = this.join()
    link.say(says.subscribe(1, pattern, options))
    return link
  }
}
