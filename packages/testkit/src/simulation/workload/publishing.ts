import { BusError } from '@clusterbus/protocol'
import type { Confirmation } from '@clusterbus/client'
import type { Member } from '../cluster/member.ts'
import type { ConfirmRecord, PublishRecord } from '../history/records.ts'
import { abortAfter } from './requesting.ts'

/** What a message carries: who published it, and its place among all that it published. */
interface Numbered {
  readonly publisher: string
  readonly number: number
  readonly padding?: string
  /** There now and then, so that a bus that tells shapes has two of them. */
  readonly fifth?: boolean
}

/** What `publish` may refuse in a workload that names its topics well. */
const expected = new Set(['QUEUE_FULL', 'PAYLOAD_TOO_LARGE'])

/** Publishes the member's next message. */
export function publish(member: Member, topic: string, echo: boolean, paddingBytes = 0): void {
  const data = nextData(member, paddingBytes)
  const index = member.log(`publishes ${data.number} to ${topic}${echo ? '' : ', without echo'}`)
  trying(member, topic, data, index, () => {
    member.bus.publish(topic, data, echo ? {} : { echo })
    taken(member, { topic, echo, index, confirm: undefined })
  })
}

/** Publishes the member's next message, and waits to hear what became of it; gives up after `abortMs`, where given. */
export function confirm(
  member: Member,
  topic: string,
  echo: boolean,
  mode: ConfirmRecord['mode'],
  timeoutMs: number,
  abortMs?: number,
): void {
  const { bus, name, world } = member
  const { time, ledger } = world
  const data = nextData(member, 0)
  const index = member.log(`publishes ${data.number} to ${topic}${echo ? '' : ', without echo'}, to hear it is ${mode}`)
  const record: ConfirmRecord = { mode, at: time.now, timeoutMs, aborted: false, outcome: undefined }
  const abort = abortAfter(member, abortMs, () => {
    if (record.outcome !== undefined) return false
    record.aborted = true
    member.log(`aborts the wait for ${data.number}`)
    return true
  })
  trying(member, topic, data, index, () => {
    const confirmed = bus.publish(topic, data, { confirm: mode, timeout: timeoutMs, echo, ...abort })
    const message = taken(member, { topic, echo, index, confirm: record })
    const end = member.begin(`waits to hear that ${data.number} is ${mode}`)
    const ended = (confirmation: Confirmation | undefined, code: string | undefined): void => {
      const outcome = member.log(`${data.number} is ${mode}: ${code ?? JSON.stringify(confirmation)}`)
      if (record.outcome !== undefined) ledger.violated('confirmations', outcome, `${name} ${data.number} ends twice`)
      record.outcome = { index: outcome, at: time.now, confirmation, code }
      // The broker has it: it does not depend on its publisher's link any more.
      if (confirmation !== undefined) message.routedIndex ??= outcome
      if (code === 'QUEUE_FULL' || code === 'PAYLOAD_TOO_LARGE') message.refused = 'yes'
      else if (message.refused === 'no' && code !== undefined && ledger.brokerMayRefuse) message.refused = 'maybe'
      end()
    }
    confirmed.then(
      (confirmation) => ended(confirmation, undefined),
      (error: unknown) => ended(undefined, error instanceof BusError ? error.code : String(error)),
    )
  })
}

function nextData({ name, record }: Member, paddingBytes: number): Numbered {
  const number = record.published.length + 1
  return {
    publisher: name,
    number,
    ...(paddingBytes > 0 && { padding: 'x'.repeat(paddingBytes) }),
    ...(number % 5 === 0 && { fifth: true }),
  }
}

/** Publishes; only some refusals are expected. */
function trying(member: Member, topic: string, { number }: Numbered, index: number, act: () => void): void {
  try {
    act()
  } catch (error) {
    const code = error instanceof BusError ? error.code : String(error)
    member.log(`could not publish ${number}: ${code}`)
    if (code === 'NOT_ALLOWED' && !member.world.ledger.mayPublish(member.name, topic)) return
    if (!expected.has(code)) member.world.ledger.violated('calls', index, `${member.name}: publish failed with ${code}`)
  }
}

/** Notes a message that the bus has taken. */
function taken(
  { name: publisher, record, world }: Member,
  about: Pick<PublishRecord, 'topic' | 'echo' | 'index' | 'confirm'>,
): PublishRecord {
  const number = record.published.length + 1
  const refused = world.ledger.mayPublish(publisher, about.topic) ? 'no' : 'yes'
  const message: PublishRecord = { publisher, number, routedIndex: undefined, refused, ...about }
  record.published.push(message)
  return message
}

/** Asks for a flush, and notes what it vouches for. Resolves to whether it came through. */
export async function flush(member: Member): Promise<boolean> {
  const { name, bus, record, world } = member
  const { ledger } = world
  const count = record.published.length
  const end = member.begin('flushes')
  const began = world.history.lines.length
  try {
    await bus.flush()
  } catch (error) {
    const code = error instanceof BusError ? error.code : String(error)
    const index = member.log(`flush failed: ${code}`)
    const isExplained = code === 'DISCONNECTED' || (code === 'CLOSED' && member.isEnding)
    if (!isExplained) ledger.violated('calls', index, `${name}: flush failed with ${code}`)
    return false
  } finally {
    end()
  }
  const index = member.log(`has flushed ${count}`)
  const lastLoss = record.losses.at(-1) ?? -1
  for (const message of record.published.slice(0, count)) {
    if (message.index > lastLoss) message.routedIndex ??= index
  }
  if (lastLoss >= began) return true
  for (const subscription of ledger.subscriptions) {
    if (subscription.member !== name || subscription.madeIndex >= began) continue
    if (subscription.endedIndex === undefined) subscription.establishedIndex ??= index
  }
  return true
}
