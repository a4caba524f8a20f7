import type { Dice } from '../dice.ts'
import { topics } from './topics.ts'

/** Who may not publish to a topic: everybody, or every other member. */
type Refused = 'all' | 'odd' | 'even'

/** Topics that not everybody may publish to. */
export type AccessRules = ReadonlyMap<string, Refused>

export function drawAccess(dice: Dice): AccessRules {
  const refused: readonly Refused[] = ['all', 'odd', 'even']
  return new Map(topics.filter(() => dice.chance(0.4)).map((topic) => [topic, dice.pick(refused)]))
}

/** Whether members of that name may publish to the topic. */
export function mayPublish(rules: AccessRules, name: string, topic: string): boolean {
  const refused = rules.get(topic)
  if (refused === undefined) return true
  const isOdd = Number(name.at(-1)) % 2 === 1
  return refused !== 'all' && isOdd !== (refused === 'odd')
}
