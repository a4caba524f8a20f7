import { SubscriptionTable } from '@clusterbus/broker/core'
import { type Mutant, replace } from './mutant.ts'

export const staleRoute: Mutant = {
  fault: 'a route is kept when subscriptions change',
  caughtBy: 'loss',
  plant: () =>
    replace(SubscriptionTable.prototype, 'route', (route) => {
      const known = new WeakMap<object, ReturnType<SubscriptionTable['route']>>()
      return function (this: SubscriptionTable, topic) {
        const found = known.get(topic) ?? route.call(this, topic)
        known.set(topic, found)
        return found
      }
    }),
}
