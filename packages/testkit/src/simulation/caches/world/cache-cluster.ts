import type { Dice } from '../../dice.ts'
import { CacheBroker, type CacheWorld } from './cache-broker.ts'
import { CacheMember } from './cache-member.ts'
import { Database } from './database.ts'

/** A broker, the members of all times, and the database that they cache. */
export class CacheCluster {
  readonly world: CacheWorld
  readonly broker: CacheBroker
  readonly database: Database = new Database()
  /** Those that have ended as well. */
  readonly members: CacheMember[] = []
  readonly #dice: Dice

  constructor(world: CacheWorld, dice: Dice) {
    this.world = world
    this.#dice = dice
    this.broker = new CacheBroker(world)
  }

  /** Those that can be asked to do something, if not at once. */
  get open(): CacheMember[] {
    return this.members.filter(({ isOpen }) => isOpen)
  }

  join(differs: boolean = this.#dice.chance(this.world.scenario.differing)): CacheMember {
    const number = this.members.length + 1
    const member = new CacheMember(`m${number}`, 1_000 + number, this.world, this.broker, differs)
    this.members.push(member)
    return member
  }

  /** A process dies, and the primary hears of it after `heardMs`. */
  crash(member: CacheMember, heardMs: number): void {
    member.crash()
    this.#exit(member, heardMs)
  }

  /** A process closes its bus and exits. */
  leave(member: CacheMember): void {
    const index = member.log('leaves')
    member.isEnding = true
    const ended = member.begin('leaves', index)
    void member.bus.close().then(() => {
      ended()
      member.end()
      this.#exit(member, 1)
    })
  }

  #exit(member: CacheMember, heardMs: number): void {
    const { process } = this.broker
    process.schedule(heardMs, () => this.broker.exited(member.pid))
  }
}
