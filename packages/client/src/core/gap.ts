import { layout, read } from '@clusterbus/protocol'
import type { Counters } from './counters.ts'
import type { Registry } from './registry.ts'

/**
 * Reads a GAP: the broker has dropped messages, and whoever would have got them learns of it. `picked` are the group
 * subscriptions that they were for, and `pickedPlain` says whether they were for plain ones too.
 */
export function tellGap(
  parts: { readonly registry: Registry; readonly counters: Counters },
  bytes: Buffer,
  start: number,
  end: number,
  picked: readonly number[] | undefined,
  pickedPlain: boolean,
): void {
  const { registry, counters } = parts
  read.assertFrameBytes(start, end, 12, 'GAP')
  const count = layout.readU32(bytes, start + 8)
  const topic = bytes.toString('utf8', start + 12, end)
  counters.missed += count
  if (picked === undefined || pickedPlain) {
    // Without a name it is of more topics than are worth naming, and may be of any.
    const concerned = topic === '' ? registry.subscriptions(picked === undefined) : registry.matching(topic)
    for (const subscription of concerned) subscription.missedAtBroker(topic, count)
  }
  for (const subscription of registry.picked(picked ?? [])) {
    subscription.missedAtBroker(topic, count)
    subscription.missed(count)
  }
}
