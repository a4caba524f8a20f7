import type { Scenario } from '../workload/scenario.ts'
import { BrokerHost, type World } from './broker-host.ts'
import { Member } from './member.ts'

/** A broker, its members of all times, and their names. */
export class Cluster {
  readonly world: World
  readonly host: BrokerHost
  /** Those that have ended as well. */
  readonly members: Member[] = []
  readonly #scenario: Scenario
  #rogues = 0

  constructor(world: World, scenario: Scenario) {
    this.world = world
    this.#scenario = scenario
    const { brokerLimits, stallMs } = scenario
    this.host = new BrokerHost(world, { limits: brokerLimits, stallMs })
  }

  /** Those that can be asked to do something. */
  get open(): Member[] {
    return this.members.filter((member) => member.isOpen)
  }

  join(): Member {
    const name = `m${this.members.length + 1}`
    const member = new Member(name, this.world, this.host, this.#scenario.busLimits)
    this.members.push(member)
    return member
  }

  /** A name for somebody who means no good. */
  nextRogue(): string {
    this.#rogues += 1
    return `rogue${this.#rogues}`
  }
}
