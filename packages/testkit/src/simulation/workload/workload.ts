import { BusError } from '@clusterbus/protocol'
import type { Cluster } from '../cluster/cluster.ts'
import type { Member } from '../cluster/member.ts'
import { startRogue } from '../cluster/rogue.ts'
import type { Dice } from '../dice.ts'
import { closeBus, drainBus } from './ending.ts'
import { confirm, flush, publish } from './publishing.ts'
import { request, respond } from './requesting.ts'
import type { ActionName, Scenario } from './scenario.ts'
import { drainSubscription, type Registered, subscribe, unsubscribe } from './subscribing.ts'
import { groups, patterns, requestTopics, responderPatterns, topics } from './topics.ts'

/** Longest time for which a process is stopped, in virtual milliseconds. */
const stopMsMax = 3_000

/** The account must be right at any time; to look at it costs more than most steps do. */
const stepsBetweenAudits = 8

/** Does to a cluster what its scenario has in store, one step after the other. */
export class Workload {
  readonly #cluster: Cluster
  readonly #scenario: Scenario
  readonly #dice: Dice
  readonly #registered: Registered[] = []
  #isHealed = false
  #steps = 0

  constructor(cluster: Cluster, scenario: Scenario, dice: Dice) {
    this.#cluster = cluster
    this.#scenario = scenario
    this.#dice = dice
  }

  /** Members join and subscribe, and the steps begin. Returns when the last of them is, in virtual milliseconds. */
  begin(): number {
    const { members, steps, stepMs } = this.#scenario
    for (let count = 0; count < members; count += 1) this.#subscribe(this.#cluster.join())
    let at = 0
    for (let step = 0; step < steps; step += 1) {
      // Often several at once: what is done in one turn takes other ways through the code.
      if (this.#dice.chance(0.6)) at += this.#dice.between(0, stepMs)
      this.#cluster.world.time.schedule(at, () => this.#step())
    }
    return at
  }

  /** From now on nobody is troubled any more. What was stopped goes on, what is missing comes back. */
  heal(): void {
    this.#isHealed = true
    const { host, members } = this.#cluster
    host.process.goOn()
    host.start()
    for (const { process } of members) process.goOn()
    while (this.#cluster.open.length < 2) this.#subscribe(this.#cluster.join())
  }

  #step(): void {
    this.#steps += 1
    if (this.#steps % stepsBetweenAudits === 0) this.#cluster.host.audit()
    const action = this.#dice.weighted(this.#scenario.weights)
    const open = this.#cluster.open.filter(({ process }) => process.state === 'running')
    if (open.length === 0) return this.#join()
    this.#act(action, this.#dice.pick(open))
  }

  #act(action: ActionName, member: Member): void {
    const dice = this.#dice
    switch (action) {
      case 'publish':
        return publish(
          this.#speaker(member),
          dice.pick(topics),
          dice.chance(0.8),
          dice.chance(0.1) ? dice.between(1, 2_000) : 0,
        )
      case 'burst':
        return this.#burst(this.#speaker(member))
      case 'confirm':
        return this.#confirm(this.#speaker(member))
      case 'subscribe':
        return this.#subscribe(member)
      case 'unsubscribe':
        return this.#withSome(unsubscribe)
      case 'drainSubscription':
        return this.#withSome(drainSubscription)
      case 'respond':
        return this.#respond(member)
      case 'request':
        return request(
          member,
          dice.pick(requestTopics),
          dice.pick([5, 100, 2_000]),
          dice.chance(0.2) ? dice.between(0, 50) : undefined,
        )
      case 'flush':
        return void flush(member)
      case 'members':
        return askMembers(member)
      default:
        return this.#trouble(action, member)
    }
  }

  #trouble(action: ActionName, member: Member): void {
    const { host, world } = this.#cluster
    const dice = this.#dice
    switch (action) {
      case 'drain':
        return void drainBus(member)
      case 'close':
        return void closeBus(member)
      case 'join':
        return this.#join()
      case 'crash':
        return member.crash()
      case 'stop':
        member.log('stops')
        member.record.stopped = true
        member.process.stop()
        world.time.schedule(dice.between(1, stopMsMax), () => member.process.goOn())
        return
      case 'cut':
        member.log('its link is cut')
        return member.connection?.cut()
      case 'restart':
        return this.#restart()
      case 'stopBroker': {
        const { process } = host
        world.history.add('broker', 'stops')
        process.stop()
        world.time.schedule(dice.between(1, stopMsMax), () => process.goOn())
        return
      }
      case 'rogue':
        return startRogue(this.#cluster.nextRogue(), world, host, dice, topics)
      default:
    }
  }

  #join(): void {
    if (this.#cluster.open.length < this.#scenario.members) this.#subscribe(this.#cluster.join())
  }

  #restart(): void {
    const { host, world } = this.#cluster
    const again = (): void => void world.time.schedule(this.#dice.between(0, 200), () => host.start())
    if (host.process.state === 'stopped') return
    const how = this.#dice.below(3)
    if (how === 0) {
      host.crash()
      again()
    } else {
      void host.drain(how === 1 ? 0 : 500).then(again)
    }
  }

  #burst(member: Member): void {
    const dice = this.#dice
    const count = dice.between(3, 25)
    const topic = dice.chance(0.5) ? dice.pick(topics) : undefined
    for (let index = 0; index < count; index += 1) publish(member, topic ?? dice.pick(topics), true)
  }

  #confirm(member: Member): void {
    const dice = this.#dice
    const timeoutMs = dice.pick([20, 2_000, 100_000])
    const abortMs = dice.chance(0.1) ? dice.between(0, 50) : undefined
    const count = dice.chance(0.3) ? dice.between(2, 6) : 1
    for (let index = 0; index < count; index += 1) {
      const mode = dice.chance(0.4) ? 'routed' : 'handled'
      confirm(member, dice.pick(topics), dice.chance(0.8), mode, timeoutMs, abortMs)
    }
  }

  /** Who publishes in the place of `member`. */
  #speaker(member: Member): Member {
    if (!this.#scenario.soloist) return member
    return this.#cluster.open.find(({ process }) => process.state === 'running') ?? member
  }

  #subscribe(member: Member): void {
    const dice = this.#dice
    const registered = subscribe(member, {
      pattern: dice.pick(patterns),
      group: dice.chance(0.25) ? dice.pick(groups) : undefined,
      max: dice.chance(0.1) ? dice.between(1, 6) : 0,
      style: dice.weighted({ 'at-once': 6, slowly: 2, throws: 1, iterator: 2 }),
      workMs: dice.pick([0, 1, 10]),
      policy: dice.pick(this.#scenario.policies.queues),
    })
    if (registered !== undefined) this.#registered.push(registered)
  }

  #respond(member: Member): void {
    const dice = this.#dice
    const group = dice.chance(0.3) ? dice.pick(groups) : undefined
    const style = dice.weighted({ 'at-once': 5, slowly: 3, throws: 1 })
    const registered = respond(member, dice.pick(responderPatterns), group, style, dice.pick([1, 20, 300, 30_000]))
    if (registered !== undefined) this.#registered.push(registered)
  }

  /** Does something to one that stands. */
  #withSome(act: (registered: Registered) => void): void {
    if (this.#isHealed) return
    const standing = this.#registered.filter(
      ({ member, record }) => record.endedIndex === undefined && member.isOpen && member.process.state === 'running',
    )
    if (standing.length > 0) act(this.#dice.pick(standing))
  }
}

function askMembers(member: Member): void {
  const end = member.begin('asks who is there')
  member.bus
    .members()
    .then(
      (members) => {
        const index = member.log(`hears of ${members.length} members`)
        // The link that it asked over may be lost by now, and with it the number that it had.
        if (member.record.tainted || members.some(({ id }) => member.record.ids.has(id))) return
        member.world.ledger.violated('requests', index, `${member.name} is not among the members`)
      },
      (error: unknown) => void member.log(`hears of nobody: ${error instanceof BusError ? error.code : String(error)}`),
    )
    .finally(end)
    .catch(() => undefined)
}
