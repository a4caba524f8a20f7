import { MemberAccess } from '@clusterbus/broker/core'
import { type Mutant, replace } from './mutant.ts'

export const answerForAll: Mutant = {
  fault: 'what one member was refused, is refused to all',
  caughtBy: 'access',
  shownBy: 6,
  plant: () => {
    const refused = new Set<string>()
    return replace(
      MemberAccess.prototype,
      'recall',
      (recall) =>
        function (this: MemberAccess, action, topic) {
          const answer = recall.call(this, action, topic)
          if (answer === false) refused.add(`${action} ${topic}`)
          return refused.has(`${action} ${topic}`) ? false : answer
        },
    )
  },
}
