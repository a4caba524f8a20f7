import { SubscriptionTable } from '@clusterbus/broker/core'
import { type Mutant, replace } from './mutant.ts'

export const groupOfTwo: Mutant = {
  fault: 'a message goes to two members of a group',
  caughtBy: 'groups',
  plant: () =>
    replace(
      SubscriptionTable.prototype,
      'route',
      (route) =>
        function (this: SubscriptionTable, topic) {
          const found = route.call(this, topic)
          const shared = found.groups.filter(({ entries }) => entries.length > 1)
          const others = shared.map(({ entries, turn }) => ({
            entries: [...entries.slice(1), ...entries.slice(0, 1)],
            turn,
          }))
          return { recipients: found.recipients, groups: [...found.groups, ...others] }
        },
    ),
}
