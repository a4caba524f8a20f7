import type { Ledger } from '../history/ledger.ts'
import type { DeliveryRecord, PublishRecord, SubscriptionRecord } from '../history/records.ts'
import { knownMatch } from './known-matches.ts'
import { isMissed, isOnItsWay } from './loss.ts'
import { keyOf } from './trusted.ts'

/**
 * What a subscription was told of messages that it has missed is what it has missed: as many as `slow` says, and as many
 * before each message as its `gap` says, as far as it is certain which those were. Lost links excuse what is missing, and
 * where somebody's bytes cannot be relied on, nobody knows what was dropped.
 */
export function checkGaps(ledger: Ledger): void {
  if (ledger.isAnybodyTainted) return
  const published = [...ledger.members.values()].flatMap((member) => member.published)
  const byPlace = new Map<string, SubscriptionRecord[]>()
  for (const subscription of ledger.subscriptions) {
    const { responder, member, pattern } = subscription
    if (responder || pattern.startsWith('$')) continue
    const place = `${member} ${pattern}`
    const known = byPlace.get(place)
    if (known === undefined) byPlace.set(place, [subscription])
    else known.push(subscription)
    checkPlaces(ledger, subscription, published)
  }
  for (const subscriptions of byPlace.values()) checkSums(ledger, subscriptions, published)
}

/** `slow` names a pattern only, so it is held against all subscriptions of a member to it. */
function checkSums(
  ledger: Ledger,
  subscriptions: readonly SubscriptionRecord[],
  published: readonly PublishRecord[],
): void {
  const [first] = subscriptions
  if (first === undefined) return
  const { member, pattern } = first
  const record = ledger.members.get(member)
  const told = ledger.told(member, pattern)
  let gaps = 0
  let missed = 0
  let possible = vagueOf(ledger, first)
  for (const subscription of subscriptions) {
    const got = new Set(subscription.deliveries.map(keyOf))
    const passed = passedOf(ledger, subscription)
    for (const { gap } of subscription.deliveries) gaps += gap
    for (const message of published) {
      if (!knownMatch(pattern, message.topic) || got.has(keyOf(message))) continue
      if (isPossible(subscription, message, passed)) possible += 1
      if (isMissed(ledger, subscription, message)) missed += 1
    }
  }
  const index = record?.slow.findLast((event) => event.pattern === pattern)?.index ?? first.madeIndex
  const who = `${member} (${pattern})`
  const fault = (text: string): void => ledger.violated('gaps', index, `${who} ${text}`)
  if (told > possible) fault(`was told of ${told} missing messages, and has missed ${possible} at most`)
  if (record?.crashed === true) return
  if (gaps > told) fault(`has gaps of ${gaps}, and was told of ${told} missing messages`)
  if (told < missed) fault(`was told of ${told} missing messages, and has missed ${missed}`)
}

/** Each gap stands where the messages are missing. */
function checkPlaces(ledger: Ledger, subscription: SubscriptionRecord, published: readonly PublishRecord[]): void {
  const { id, group, max, pattern, deliveries, member, madeIndex, conflates } = subscription
  if (group !== undefined || max > 0 || ledger.hasLost(member, madeIndex)) return
  if (deliveries.length === 0) return
  const certain = deliveries.map(() => 0)
  const possible = deliveries.map(() => 0)
  const places = placesOf(deliveries)
  const passed = passedOf(ledger, subscription)
  for (const message of published) {
    if (!knownMatch(pattern, message.topic)) continue
    const [low, high, isGot] = placeOf(places.get(message.publisher), message.number)
    if (isGot) continue
    if (low < deliveries.length && isPossible(subscription, message, passed)) possible[low] = (possible[low] ?? 0) + 1
    if (high < deliveries.length && isCertain(ledger, subscription, message)) certain[high] = (certain[high] ?? 0) + 1
  }
  const vague = vagueOf(ledger, subscription)
  const sums = { gap: 0, certain: 0, possible: 0 }
  for (const [at, { gap, index, ...delivery }] of deliveries.entries()) {
    sums.gap += gap
    sums.certain += certain[at] ?? 0
    sums.possible += possible[at] ?? 0
    const who = `S${id} was told of ${sums.gap} missing messages up to ${keyOf(delivery)}`
    if (sums.gap > sums.possible + vague) {
      return ledger.violated('gaps', index, `${who}, and had missed ${sums.possible} at most`)
    }
    // What a newer message of the same topic has replaced in its queue is told with that.
    if (sums.gap < sums.certain && !conflates) {
      return ledger.violated('gaps', index, `${who}, and had missed ${sums.certain}`)
    }
  }
}

interface Places {
  /** Numbers of one publisher's messages, rising, and where among all deliveries each came. */
  readonly numbers: number[]
  readonly at: number[]
}

function placesOf(deliveries: readonly DeliveryRecord[]): Map<string, Places> {
  const places = new Map<string, Places>()
  for (const [at, { publisher, number }] of deliveries.entries()) {
    let own = places.get(publisher)
    if (own === undefined) places.set(publisher, (own = { numbers: [], at: [] }))
    own.numbers.push(number)
    own.at.push(at)
  }
  return places
}

/** The first and the last delivery before which it may be missing, and whether it is not. */
function placeOf(places: Places | undefined, number: number): readonly [number, number, boolean] {
  if (places === undefined) return [0, Infinity, false]
  const next = places.numbers.findIndex((other) => other >= number)
  if (next < 0) return [(places.at.at(-1) ?? -1) + 1, Infinity, false]
  return [next === 0 ? 0 : (places.at[next - 1] ?? 0) + 1, places.at[next] ?? Infinity, places.numbers[next] === number]
}

/** The last message of each publisher that had come to the member when the subscription was made. */
function passedOf(ledger: Ledger, { member, madeIndex }: SubscriptionRecord): Map<string, number> {
  const passed = new Map<string, number>()
  for (const { member: name, deliveries } of ledger.subscriptions) {
    if (name !== member) continue
    for (const { publisher, number, index } of deliveries) {
      if (index > madeIndex) break
      passed.set(publisher, Math.max(passed.get(publisher) ?? 0, number))
    }
  }
  return passed
}

/** Whether it may have been meant for the subscription. What is on its way to a member, a new subscription gets too. */
function isPossible(
  { member }: SubscriptionRecord,
  { refused, echo, publisher, number }: PublishRecord,
  passed: ReadonlyMap<string, number>,
): boolean {
  return refused !== 'yes' && (echo || publisher !== member) && number > (passed.get(publisher) ?? 0)
}

/** Whether it was meant to get it, once it has got a later one of the same publisher. */
function isCertain(
  ledger: Ledger,
  { member, establishedIndex = Infinity, drainIndex = Infinity }: SubscriptionRecord,
  message: PublishRecord,
): boolean {
  if (!message.echo && message.publisher === member) return false
  // While it drains it still gets what goes to others of its member.
  if (drainIndex !== Infinity && !((message.routedIndex ?? Infinity) < drainIndex)) return false
  return message.index > establishedIndex && isOnItsWay(ledger, message)
}

/** How much may be counted of topics that nobody has named. */
function vagueOf(ledger: Ledger, { member, pattern }: SubscriptionRecord): number {
  const slow = ledger.members.get(member)?.slow ?? []
  return slow.reduce((sum, event) => (event.topic === '' && event.pattern === pattern ? sum + event.dropped : sum), 0)
}
