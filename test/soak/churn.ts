import type { Bus } from '@clusterbus/client'
import { setTimeout as pause } from 'node:timers/promises'
import type { Crew } from '../chaos/engine/crew.ts'

const members = 4
const everyMs = 400
const subscriptionsAtATime = 50

/** Members that come, go and die, and subscriptions that change, until it is over. */
export async function churn(crew: Crew, bus: Bus, isOver: () => boolean): Promise<number> {
  await crew.addMany(members)
  let changes = 0
  const changing = changeSubscriptions(bus, isOver)
  while (!isOver()) {
    const hand = crew.random.pick(crew.ready)
    // One in three is slow, so that messages are dropped as well.
    await crew.add({ slow: crew.random.below(3) === 0 })
    if (crew.random.below(2) === 0) await crew.kill(hand)
    else await crew.retire(hand)
    changes += 1
    await pause(everyMs)
  }
  await changing
  return changes
}

/** Exact ones, wildcards, groups and responders, each under a name that never comes again. */
async function changeSubscriptions(bus: Bus, isOver: () => boolean): Promise<void> {
  for (let number = 0; !isOver(); number += subscriptionsAtATime) {
    const subscriptions = Array.from({ length: subscriptionsAtATime }, (_, index) => {
      const name = `passing.n${number + index}`
      if (index % 4 === 0) return bus.respond(name, () => number)
      if (index % 4 === 1) return bus.subscribe(`${name}.*`, () => undefined, { group: `group-${number}` })
      return bus.subscribe(index % 4 === 2 ? `*.n${number + index}` : name, () => undefined)
    })
    await Promise.all(subscriptions.map(({ ready }) => ready))
    await bus.request(`passing.n${number}`)
    bus.publish(`passing.n${number + 3}`, number)
    for (const subscription of subscriptions) subscription.unsubscribe()
    await bus.flush()
    await pause(10)
  }
}
