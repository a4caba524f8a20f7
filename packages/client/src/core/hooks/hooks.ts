import type { BusError, Member } from '@clusterbus/protocol'
import type { BusEnvironment } from '../environment.ts'
import type { Publishing } from '../publishing.ts'
import type { Requesting } from '../requesting.ts'
import type { RunningHandlers } from '../running-handlers.ts'
import { Interceptors } from './interceptors.ts'
import { Inward, type InwardParts } from './inward.ts'
import { Outward } from './outward.ts'

/** The parts of a session that hooks stand around. */
interface Hooked {
  readonly running: RunningHandlers
  readonly publishing: Publishing
  readonly requesting: Requesting
  readonly member: Member | undefined
  failed(error: BusError): void
}

/** All that others may put around what a bus sends and hands over. */
export class Hooks {
  readonly interceptors: Interceptors = new Interceptors()
  readonly inward: Inward
  readonly #env: BusEnvironment
  readonly #hooked: Hooked

  constructor(env: BusEnvironment, hooked: Hooked) {
    this.#env = env
    this.#hooked = hooked
    this.inward = new Inward({ ...this.#parts(), running: hooked.running })
  }

  /** The way out. `assertMaySpeak` throws when the bus may not say anything any more. */
  outward(assertMaySpeak: (call: string, topic: string) => void): Outward {
    const { publishing, requesting } = this.#hooked
    return new Outward({ ...this.#parts(), publishing, requesting, assertMaySpeak })
  }

  #parts(): Pick<InwardParts, 'interceptors' | 'clock' | 'channels' | 'member' | 'failed'> {
    const { clock, channels } = this.#env
    const hooked = this.#hooked
    const failed = (error: BusError): void => hooked.failed(error)
    return { interceptors: this.interceptors, clock, channels, member: () => hooked.member, failed }
  }
}
