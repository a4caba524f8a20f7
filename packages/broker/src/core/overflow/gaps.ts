import { type ChunkWriter, FrameKind, write } from '@clusterbus/protocol'

/** Most gaps that are told with their topic. */
const gapsMax = 256
const countMax = 0xffff_ffff

interface Gap {
  readonly name: string
  /** The PICK that the messages came with. */
  readonly pick: Buffer | undefined
  count: number
}

/** How much may be said of gaps, so that what is said of messages does not take the place of messages. */
export class GapBudget {
  readonly #named: Allowance
  /** For those that sum up the topics of messages that were picked for the same groups. */
  readonly #picked: Allowance

  /** Gaps with names, and those without, may take up so many bytes each. */
  constructor(bytes: number) {
    this.#named = { gaps: gapsMax, bytes }
    this.#picked = { gaps: gapsMax, bytes }
  }

  /** Whether one more gap of that kind may be told. */
  spend(name: string, pick: Buffer | undefined): boolean {
    const allowance = name === '' ? this.#picked : this.#named
    const bytes = 12 + Buffer.byteLength(name) + (pick?.length ?? 0)
    if (allowance.gaps === 0 || bytes > allowance.bytes) return false
    allowance.gaps -= 1
    allowance.bytes -= bytes
    return true
  }
}

interface Allowance {
  gaps: number
  bytes: number
}

/** Messages that are missing at one place of what waits for a member, by topic and by who would have taken them. */
export class Gaps {
  #gaps = new Map<string, Gap>()

  get isEmpty(): boolean {
    return this.#gaps.size === 0
  }

  /** Adds to the gap of that topic and those groups; to one that sums up more than that if the budget is spent. */
  add(name: string, pick: Buffer | undefined, count: number, budget: GapBudget): void {
    const key = pick === undefined ? name : `${name}\n${pick.toString('latin1')}`
    const known = this.#gaps.get(key)
    if (known !== undefined) known.count = Math.min(countMax, known.count + count)
    else if (name === '' && pick === undefined) this.#gaps.set('', { name, pick, count })
    else if (budget.spend(name, pick)) this.#gaps.set(key, { name, pick, count })
    else this.add('', name === '' ? undefined : pick, count, budget)
  }

  /** Takes in what another has. */
  adopt(other: Gaps, budget: GapBudget): void {
    for (const { name, pick, count } of other.#gaps.values()) this.add(name, pick, count, budget)
    other.#gaps.clear()
  }

  /** Takes all that another has in the place of its own. */
  become(other: Gaps): void {
    this.#gaps = other.#gaps
    other.#gaps = new Map()
  }

  /** Writes all of them, and has none any more. */
  writeTo(writer: ChunkWriter): void {
    for (const { name, pick, count } of this.#gaps.values()) {
      if (pick !== undefined) writer.appendCopy(pick, 0, pick.length)
      write.writeNumberAndText(writer, FrameKind.GAP, count, name)
    }
    this.#gaps.clear()
  }
}
