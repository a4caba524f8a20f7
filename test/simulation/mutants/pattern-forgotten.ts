import { Registry } from '@clusterbus/client/core'
import { type Mutant, replace } from './mutant.ts'

export const patternForgotten: Mutant = {
  fault: 'a bus that reconnects forgets one of its subscriptions',
  caughtBy: 'tables',
  plant: () =>
    replace(
      Registry.prototype,
      'writeAll',
      (writeAll) =>
        function (this: Registry, writer) {
          const [first] = this.all()
          if (first === undefined) return
          const isActive = first.isActive
          Object.defineProperty(first, 'isActive', { configurable: true, value: false })
          writeAll.call(this, writer)
          Reflect.deleteProperty(first, 'isActive')
          if (!isActive) return
        },
    ),
}
