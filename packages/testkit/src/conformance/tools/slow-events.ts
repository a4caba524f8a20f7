import type { Bus, SlowEvent } from '@clusterbus/client'

/** All that a bus tells of messages that it dropped. */
export function slowEventsOf(bus: Bus): SlowEvent[] {
  const events: SlowEvent[] = []
  bus.on('slow', (event) => events.push(event))
  return events
}

export function sumOf(events: readonly SlowEvent[]): number {
  return events.reduce((sum, { dropped }) => sum + dropped, 0)
}
