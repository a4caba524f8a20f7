import type { Link } from '@clusterbus/protocol'
import { FaultLink } from '../links/fault-link.ts'
import type { Faults } from '../links/faults.ts'
import { type LinkPair, simulatedLinkPair, type Wire } from '../links/simulated-link.ts'
import { Tally } from './tally.ts'
import type { SimulatedProcess } from '../time/simulated-process.ts'

/** How the end of a connection came about; `undefined` while it stands or when its member ended it in order. */
export type Damage = 'cut' | 'corrupt' | 'broker'

/** One link between a member and the broker, both ends of it, and what has happened to it. */
export class SimulatedConnection {
  readonly memberName: string
  readonly memberEnd: Link
  readonly brokerEnd: Link
  /** The broker's number for the member, from when it was accepted. */
  memberId: number | undefined
  /** What the broker has handed to it. */
  readonly tally: Tally = new Tally()
  /** Told when bytes on it are about to be changed. */
  onCorrupt: () => void = () => undefined
  /** Told when one side wrote on though it had been asked to wait. */
  onImpatience: (side: 'member' | 'broker') => void = () => undefined
  /** Told when the member's end has closed, before the member is. */
  onMemberClose: () => void = () => undefined
  readonly #pair: LinkPair
  readonly #faulty: readonly [FaultLink, FaultLink]
  #damage: Damage | undefined
  #endedBy: 'member' | 'broker' | undefined

  constructor(memberName: string, member: SimulatedProcess, broker: SimulatedProcess, wire: Wire, faults: Faults) {
    this.memberName = memberName
    this.#pair = simulatedLinkPair(member, broker, wire)
    const [left, right] = this.#pair.ends
    const owner = (process: SimulatedProcess): ConstructorParameters<typeof FaultLink>[2] => ({
      schedule: (delayMs, callback) => void process.schedule(delayMs, callback),
      cut: () => this.cut(),
      corrupted: () => {
        this.#damage ??= 'corrupt'
        this.onCorrupt()
      },
    })
    this.#faulty = [new FaultLink(left, faults, owner(member)), new FaultLink(right, faults, owner(broker))]
    this.memberEnd = watched(this.#faulty[0], {
      ended: () => (this.#endedBy ??= 'member'),
      closed: () => this.onMemberClose(),
      impatient: () => this.onImpatience('member'),
      written: () => undefined,
    })
    this.brokerEnd = watched(this.#faulty[1], {
      ended: () => (this.#endedBy ??= 'broker'),
      closed: () => undefined,
      impatient: () => this.onImpatience('broker'),
      written: (segments) => this.tally.count(segments),
    })
  }

  /** What has spoiled it: bytes may have been lost on it that its member had handed over in order. */
  get damage(): Damage | undefined {
    return this.#damage ?? (this.#endedBy === 'broker' ? 'broker' : undefined)
  }

  /** Both ends close at once, and what is on its way is lost. */
  cut(): void {
    this.#damage ??= 'cut'
    for (const end of this.#faulty) end.drop()
    this.#pair.cut()
  }

  /** The process of one end is gone: the other end still reads what is on its way. */
  vanish(end: 'member' | 'broker'): void {
    this.#damage ??= end === 'broker' ? 'broker' : 'cut'
    this.#pair.ends[end === 'member' ? 0 : 1].destroy()
  }
}

interface Watcher {
  /** Its owner wants it to end. */
  ended(): void
  /** It has closed, and its owner is about to hear of it. */
  closed(): void
  /** Its owner has written though it was asked to wait. */
  impatient(): void
  /** Its owner has written whole frames. */
  written(segments: readonly Buffer[]): void
}

/** A link of which is noticed what its owner does. */
function watched(link: FaultLink, watcher: Watcher): Link {
  let mustWait = false
  return {
    open: (receiver) =>
      link.open({
        onChunk: (chunk) => receiver.onChunk(chunk),
        onDrain: () => {
          mustWait = false
          receiver.onDrain()
        },
        onClose: (cause) => {
          watcher.closed()
          receiver.onClose(cause)
        },
      }),
    write: (segments) => {
      if (mustWait) watcher.impatient()
      watcher.written(segments)
      const hasRoom = link.write(segments)
      mustWait = !hasRoom
      return hasRoom
    },
    get bufferedBytes() {
      return link.bufferedBytes
    },
    pause: () => link.pause(),
    resume: () => link.resume(),
    end: () => {
      watcher.ended()
      link.end()
    },
    destroy: () => {
      watcher.ended()
      link.destroy()
    },
    ref: () => link.ref(),
    unref: () => link.unref(),
  }
}
