import { matches } from '@clusterbus/protocol'

const known = new Map<string, Map<string, boolean>>()

/** What `matches` says, looked up: a simulation has few patterns and topics, and its checkers ask for them very often. */
export function knownMatch(pattern: string, topic: string): boolean {
  let topics = known.get(pattern)
  if (topics === undefined) known.set(pattern, (topics = new Map()))
  let is = topics.get(topic)
  if (is === undefined) topics.set(topic, (is = matches(pattern, topic)))
  return is
}
