import { BusCore } from '@clusterbus/client/core'
import { type BusError, type Codec, type Link, resolveLimits } from '@clusterbus/protocol'
import { ManualClock } from '@clusterbus/testkit'
import { refusalOf } from '../engine/refusal.ts'
import type { Pump } from './pump.ts'

/** What an orderly member may run into because of what others send. */
const excusable = new Set(['UNDECODABLE', 'UNKNOWN_CODEC'])

/** Which of a pair a member is. */
export interface Role {
  /** The topic on which the other one counts, and its id: others may use the topic as well. */
  readonly hears: string
  readonly from: number
  /** The topic on which this one counts. */
  readonly says: string
}

/** A real bus that counts aloud, and takes down whatever goes wrong with it. */
export class HealthyMember {
  readonly core: BusCore
  readonly faults: string[] = []
  readonly #topic: string
  #said = 0
  #heard = 0

  constructor(link: Link, pump: Pump, role: Role, codec?: Codec) {
    this.#topic = role.says
    this.core = new BusCore({
      connector: {
        seek: (found) => {
          pump.later(() => found.linked(link))
          return () => undefined
        },
      },
      clock: new ManualClock(),
      turns: { soon: (callback) => pump.later(callback), endOfTurn: (callback) => pump.later(callback) },
      events: {
        on: () => undefined,
        off: () => undefined,
        emit: (name, ...args) => {
          if (name === 'error') this.#failed(args[0] as BusError)
          if (name === 'disconnect' || name === 'close') this.faults.push(`${name} of an orderly member`)
        },
      },
      limits: resolveLimits(),
      codec,
      connectTimeoutMs: 5_000,
      drainTimeoutMs: 5_000,
      closed: () => undefined,
    })
    this.core.start()
    this.core.subscribe(role.hears, (data, message) => {
      if (message.from === role.from) this.#hear(data)
    })
  }

  /** Says the next number. */
  count(): void {
    this.#said += 1
    const data = Uint8Array.of(this.#said & 255, (this.#said >>> 8) & 255)
    this.core.publish(this.#topic, data)
  }

  /** What the other one has heard of it must be all that it has said. */
  isHeardBy(other: HealthyMember): boolean {
    return other.#heard === this.#said
  }

  #hear(data: unknown): void {
    this.#heard += 1
    const [low = 0, high = 0] = data instanceof Uint8Array ? data : []
    if (low + 256 * high !== (this.#heard & 0xffff)) this.faults.push(`a number that is not ${this.#heard}`)
  }

  #failed(error: BusError): void {
    const refusal = refusalOf(error)
    if (!excusable.has(error.code)) this.faults.push(refusal)
  }
}
