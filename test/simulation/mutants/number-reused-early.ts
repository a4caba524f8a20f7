import { TopicTable } from '@clusterbus/broker/core'
import { type Mutant, replace } from './mutant.ts'

export const numberReusedEarly: Mutant = {
  fault: 'a number is given anew while members still publish with it',
  caughtBy: 'links',
  plant: () =>
    replace(
      TopicTable.prototype,
      'forgotten',
      (forgotten) =>
        function (this: TopicTable, number, member) {
          const topic = this.byNumber(number, member)
          if (topic?.awaiting?.has(member) === true) topic.awaiting = new Set([member])
          return forgotten.call(this, number, member)
        },
    ),
}
