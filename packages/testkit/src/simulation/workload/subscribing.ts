import { BusError } from '@clusterbus/protocol'
import type { Message, Subscription } from '@clusterbus/client'
import type { Member } from '../cluster/member.ts'
import type { DeliveryRecord, EndReason, SubscriptionRecord } from '../history/records.ts'
import type { QueuePolicy } from './policies.ts'

/** How a subscription works on its messages. `throws` fails now and then, which must stop nothing. */
type HandlerStyle = 'at-once' | 'slowly' | 'throws' | 'iterator'

/** A subscription or responder, with its record. */
export interface Registered {
  readonly member: Member
  readonly subscription: Subscription
  readonly record: SubscriptionRecord
}

export interface SubscribePlan {
  readonly pattern: string
  readonly group: string | undefined
  /** 0 for no end. */
  readonly max: number
  readonly style: HandlerStyle
  /** How long a slow one takes over each message, in virtual milliseconds. */
  readonly workMs: number
  readonly policy: QueuePolicy
}

/** Subscribes. Returns `undefined` when a limit was met. */
export function subscribe(member: Member, plan: SubscribePlan): Registered | undefined {
  const { pattern, group, max, style, workMs, policy } = plan
  const record = newRecord(member, pattern, group, max, false, policy)
  const options = { ...policy, ...(group !== undefined && { group }), ...(max > 0 && { max }) }
  const rest = (done: () => void): Promise<void> =>
    new Promise((resolve) => {
      member.record.working += 1
      member.process.schedule(workMs, () => {
        member.record.working -= 1
        done()
        resolve()
      })
    })
  const handler = (_: unknown, message: Message): unknown => {
    const delivery = received(member, record, message)
    const done = (): void => void (delivery.settledIndex = member.world.history.lines.length)
    if (style === 'slowly') return rest(done)
    done()
    delivery.failed = style === 'throws' && record.deliveries.length % 3 === 0
    if (delivery.failed) throw new Error('as planned')
    return undefined
  }
  try {
    if (style !== 'iterator') return registered(member, member.bus.subscribe(pattern, handler, options), record)
    const stream = member.bus.subscribe(pattern, options)
    void (async () => {
      for await (const message of stream) {
        const delivery = received(member, record, message)
        delivery.settledIndex = delivery.index
        if (workMs > 0) await rest(() => undefined)
      }
    })()
    return registered(member, stream, record)
  } catch (error) {
    return refused(member, record, error)
  }
}

/** Ends it now. */
export function unsubscribe({ member, subscription, record }: Registered): void {
  if (record.endedIndex !== undefined) return
  // It may have been draining: what it has not come to by now, it need not get any more.
  record.endReason = 'unsubscribe'
  ends(member, record, 'unsubscribe')
  subscription.unsubscribe()
}

/** Ends it without loss. */
export function drainSubscription({ member, subscription, record }: Registered): void {
  if (record.endedIndex !== undefined || record.drainIndex !== undefined) return
  const end = member.begin(`drains ${nameOf(record)}`)
  record.drainIndex = member.world.history.lines.length - 1
  record.endReason = 'drain'
  void subscription.drain().then(end)
}

/** Notes how it begins and how it ends. */
export function registered(member: Member, subscription: Subscription, record: SubscriptionRecord): Registered {
  const end = member.begin(`waits for ${nameOf(record)} to be ready`)
  subscription.ready
    .then(
      () => {
        const index = member.log(`${nameOf(record)} is ready`)
        if (record.endedIndex === undefined) record.establishedIndex = index
      },
      (error: unknown) => {
        const code = error instanceof BusError ? error.code : String(error)
        const index = member.log(`${nameOf(record)} is not ready: ${code}`)
        if (code === 'QUEUE_FULL') record.endReason = 'refused'
        else if (code !== 'CLOSED' || !member.isEnding) {
          member.world.ledger.violated('calls', index, `${member.name}: ready of ${nameOf(record)} failed with ${code}`)
        }
      },
    )
    .finally(end)
    .catch(() => undefined)
  void subscription.closed.then(() =>
    ends(member, record, record.max > 0 ? 'max' : member.isEnding ? 'bus' : 'refused'),
  )
  return { member, subscription, record }
}

export function refused(member: Member, record: SubscriptionRecord, error: unknown): undefined {
  const code = error instanceof BusError ? error.code : String(error)
  const index = member.log(`${nameOf(record)} was refused: ${code}`)
  record.endedIndex = index
  record.endReason = 'refused'
  if (code !== 'QUEUE_FULL')
    member.world.ledger.violated('calls', index, `${member.name}: subscribing failed with ${code}`)
  return undefined
}

export function newRecord(
  member: Member,
  pattern: string,
  group: string | undefined,
  max: number,
  responder: boolean,
  policy: QueuePolicy = {},
): SubscriptionRecord {
  const { ledger } = member.world
  const id = ledger.subscriptions.length + 1
  const details = `${group === undefined ? '' : `, group ${group}`}${max > 0 ? `, max ${max}` : ''}${policyText(policy)}`
  const madeIndex = member.log(`${responder ? 'responds' : 'subscribes'} to ${pattern} as S${id}${details}`)
  const record: SubscriptionRecord = {
    id,
    member: member.name,
    pattern,
    group,
    max,
    responder,
    madeIndex,
    establishedIndex: undefined,
    drainIndex: undefined,
    isCutShort: false,
    endedIndex: undefined,
    endReason: undefined,
    conflates: policy.conflate !== undefined,
    disconnects: policy.overflow === 'disconnect',
    deliveries: [],
  }
  ledger.subscriptions.push(record)
  return record
}

function nameOf(record: SubscriptionRecord): string {
  return `S${record.id} (${record.pattern})`
}

function ends(member: Member, record: SubscriptionRecord, reason: EndReason): void {
  if (record.endedIndex !== undefined) return
  record.endReason ??= reason
  record.endedIndex = member.log(`${nameOf(record)} ends: ${record.endReason}`)
}

function policyText(policy: QueuePolicy): string {
  return Object.keys(policy).length === 0 ? '' : `, ${JSON.stringify(policy)}`
}

function received(member: Member, record: SubscriptionRecord, message: Message): DeliveryRecord {
  const { publisher, number } = Object(message.data)
  const { topic, from, gap } = message
  const index = member.log(
    `S${record.id} gets ${publisher} ${number} on ${topic} from ${from}${gap > 0 ? `, after a gap of ${gap}` : ''}`,
  )
  const delivery: DeliveryRecord = {
    publisher: String(publisher),
    number: Number(number),
    topic,
    from,
    gap,
    index,
    settledIndex: undefined,
    failed: false,
  }
  record.deliveries.push(delivery)
  return delivery
}
