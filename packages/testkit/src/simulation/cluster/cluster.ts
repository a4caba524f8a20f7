import { msgpackCodec } from '@clusterbus/codec-msgpack'
import type { Scenario } from '../workload/scenario.ts'
import type { Wire } from '../links/simulated-link.ts'
import { mayPublish } from '../workload/access.ts'
import { BrokerHost, type World } from './broker-host.ts'
import { Member } from './member.ts'

/** Bytes a virtual millisecond that a wire must carry for a broker to find stopped members soon. */
const quickBytes = 100

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
    const { brokerLimits, stallMs, liveness, wire, policies, access } = scenario
    this.host = new BrokerHost(world, {
      limits: brokerLimits,
      stallMs,
      terms: policies.brokerTerms,
      ...(access !== undefined && {
        authorize: ({ name }, action, topic) => action !== 'publish' || mayPublish(access, name, topic),
      }),
      ...(liveness !== undefined && isQuick(wire) && { liveness }),
    })
  }

  /** Those that can be asked to do something. */
  get open(): Member[] {
    return this.members.filter((member) => member.isOpen)
  }

  join(): Member {
    const { busLimits: limits, policies, msgpack } = this.#scenario
    const terms = policies.terms[this.members.length % policies.terms.length]
    const name = `m${this.members.length + 1}`
    const choice = { limits, codec: msgpack ? msgpackCodec() : undefined, ...(terms !== undefined && { terms }) }
    const overflow = terms?.overflow ?? policies.brokerTerms.overflow ?? 'block'
    const member = new Member(name, this.world, this.host, choice, overflow.startsWith('drop-'))
    this.members.push(member)
    return member
  }

  /** A name for somebody who means no good. */
  nextRogue(): string {
    this.#rogues += 1
    return `rogue${this.#rogues}`
  }
}

/** On a slow wire questions wait behind messages for so long that whoever reads them one by one seems silent. */
function isQuick({ latencyMs, windowBytes }: Wire): boolean {
  return windowBytes >= quickBytes * latencyMs
}
