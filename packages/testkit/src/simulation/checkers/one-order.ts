import type { Ledger } from '../history/ledger.ts'
import { keyOf, trustedDeliveries } from './trusted.ts'

interface Node {
  readonly index: number
  readonly before: Set<Node>
  incoming: number
}

/** All subscriptions see the messages of a topic in one order: what each says of it can be put into one line. */
export function checkOneOrder(ledger: Ledger): void {
  const topics = new Map<string, Map<string, Node>>()
  for (const subscription of ledger.subscriptions) {
    const previous = new Map<string, Node>()
    for (const delivery of trustedDeliveries(ledger, subscription)) {
      const { topic, index } = delivery
      let nodes = topics.get(topic)
      if (nodes === undefined) topics.set(topic, (nodes = new Map()))
      const key = keyOf(delivery)
      let node = nodes.get(key)
      if (node === undefined) nodes.set(key, (node = { index, before: new Set(), incoming: 0 }))
      const last = previous.get(topic)
      previous.set(topic, node)
      if (last === undefined || last === node || last.before.has(node)) continue
      last.before.add(node)
      node.incoming += 1
    }
  }
  for (const [topic, nodes] of topics) checkTopic(ledger, topic, nodes)
}

/** Takes away what nothing else comes before, until all is taken; what is left goes round in a circle. */
function checkTopic(ledger: Ledger, topic: string, nodes: ReadonlyMap<string, Node>): void {
  const free = [...nodes.values()].filter(({ incoming }) => incoming === 0)
  let taken = 0
  for (let node = free.pop(); node !== undefined; node = free.pop()) {
    taken += 1
    for (const next of node.before) {
      next.incoming -= 1
      if (next.incoming === 0) free.push(next)
    }
  }
  if (taken === nodes.size) return
  const left = [...nodes].filter(([, { incoming }]) => incoming > 0)
  const last = Math.max(...left.map(([, { index }]) => index))
  const names = left.slice(0, 6).map(([key]) => key)
  ledger.violated('one order', last, `subscriptions saw messages of ${topic} in different orders: ${names.join(', ')}`)
}
