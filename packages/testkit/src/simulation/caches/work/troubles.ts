import type { Dice } from '../../dice.ts'
import type { CacheCluster } from '../world/cache-cluster.ts'
import type { CacheMember } from '../world/cache-member.ts'
import type { CacheWork } from './cache-work.ts'

/** What goes wrong with processes and links, drawn one after the other. */
export class Troubles {
  readonly #cluster: CacheCluster
  readonly #work: CacheWork
  readonly #dice: Dice
  #isOver = false

  constructor(cluster: CacheCluster, work: CacheWork, dice: Dice) {
    this.#cluster = cluster
    this.#work = work
    this.#dice = dice
  }

  begin(): void {
    this.#next()
  }

  /** Whatever is stopped goes on, and whatever is missing comes. */
  heal(): void {
    this.#isOver = true
    const { broker, open, world } = this.#cluster
    broker.goOn()
    broker.start()
    for (const member of open) this.#goOn(member)
    // Those that are refused leave: what they would show of a cache is nothing.
    for (const member of open) if (member.differs) this.#cluster.leave(member)
    while (this.#cluster.open.length < Math.max(2, world.scenario.members - 1)) this.#cluster.join(false)
  }

  #next(): void {
    const { time, scenario } = this.#cluster.world
    if (this.#isOver) return
    time.schedule(scenario.troubleEveryMs * (0.1 + this.#dice.below(20) / 10), () => {
      if (this.#isOver) return
      this.#something()
      this.#next()
    })
  }

  #something(): void {
    const { world, open } = this.#cluster
    const kind = this.#dice.weighted(world.scenario.troubles)
    if (kind === 'join') return void (open.length < 8 && this.#cluster.join())
    if (kind === 'restart') return this.#restart()
    if (kind === 'brokerStop') return this.#stopBroker()
    const idle = open.filter(({ busy }) => busy === 'no')
    if (idle.length === 0 || kind === 'none') return
    const member = this.#dice.pick(idle)
    switch (kind) {
      case 'stop':
        return this.#pause(member, 'stopped')
      case 'block':
        return this.#pause(member, 'blocked')
      case 'cut':
        member.log('its link is cut')
        return member.connection?.cut()
      case 'crash':
        return this.#cluster.crash(member, this.#dice.pick([0, 2, 20, world.scenario.leaseMs * 1.6]))
      case 'leave':
        return void member.process.schedule(0, () => member.isOpen && this.#cluster.leave(member))
      case 'reopen': {
        const scenario = this.#dice.pick(world.scenario.caches)
        return void member.process.schedule(0, () => member.isOpen && member.open(scenario))
      }
    }
  }

  /** For about as long as a lease lasts: a little less, a little more, or much more. */
  #pause(member: CacheMember, busy: 'stopped' | 'blocked'): void {
    const { world } = this.#cluster
    const { leaseMs, marginMs } = world.scenario
    const times = this.#dice.pick([0.3, 0.9, 1, 1.1, (leaseMs + marginMs) / leaseMs, 2, 3])
    const pauseMs = leaseMs * times + this.#dice.between(-3, 3)
    member.log(`is ${busy} for ${pauseMs.toFixed(0)} ms`)
    member.busy = busy
    member.process.stop()
    world.time.schedule(Math.max(1, pauseMs), () => this.#goOn(member))
    // The broker hears of it, and the member does not before it goes on.
    if (this.#dice.chance(world.scenario.troubles.cut > 0 ? 0.3 : 0)) {
      world.time.schedule(pauseMs * 0.2, () => {
        if (member.busy === 'no') return
        member.log('its link is cut')
        member.connection?.cut()
      })
    }
    if (busy === 'blocked') this.#readOn(member)
  }

  /** The code that blocks the loop reads the cache, again and again. */
  #readOn(member: CacheMember): void {
    const { time, scenario } = this.#cluster.world
    time.schedule(scenario.leaseMs / 15, () => {
      if (member.busy !== 'blocked' || !member.isOpen) return
      this.#work.lookAround(member)
      this.#readOn(member)
    })
  }

  #goOn(member: CacheMember): void {
    if (member.busy === 'no' || member.process.state === 'ended') return
    member.log('goes on')
    member.busy = 'no'
    // What its code was at when it was stopped comes before anything that has waited for it.
    if (member.isOpen) this.#work.lookAround(member)
    member.process.goOn()
  }

  #stopBroker(): void {
    const { broker, world } = this.#cluster
    if (broker.process.state !== 'running') return
    broker.stop()
    world.time.schedule(world.scenario.leaseMs * this.#dice.pick([0.2, 0.8, 1.5, 2.5]), () => broker.goOn())
  }

  /** A broker closes, and another follows in the same process, at once or after a while. */
  #restart(): void {
    const { broker, world } = this.#cluster
    const pauseMs = this.#dice.pick([0, 1, 30, world.scenario.leaseMs * 1.2])
    const idle = this.#cluster.open.filter(({ busy }) => busy === 'no')
    // A member that does not notice serves on.
    if (idle.length > 0 && this.#dice.chance(0.5)) this.#pause(this.#dice.pick(idle), 'blocked')
    const timeoutMs = this.#dice.pick([0, 500])
    broker.process.schedule(0, () => {
      void broker.close(timeoutMs)
      broker.process.schedule(pauseMs, () => broker.start())
    })
  }
}
