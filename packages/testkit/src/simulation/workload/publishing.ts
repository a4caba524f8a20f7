import { BusError } from '@clusterbus/protocol'
import type { Member } from '../cluster/member.ts'

/** What a message carries: who published it, and its place among all that it published. */
interface Numbered {
  readonly publisher: string
  readonly number: number
  readonly padding?: string
}

/** What `publish` may refuse in a workload that names its topics well. */
const expected = new Set(['QUEUE_FULL', 'PAYLOAD_TOO_LARGE'])

/** Publishes the member's next message. */
export function publish(member: Member, topic: string, echo: boolean, paddingBytes = 0): void {
  const { name, bus, record, world } = member
  const number = record.published.length + 1
  const data: Numbered = { publisher: name, number, ...(paddingBytes > 0 && { padding: 'x'.repeat(paddingBytes) }) }
  const index = member.log(`publishes ${number} to ${topic}${echo ? '' : ', without echo'}`)
  try {
    bus.publish(topic, data, echo ? {} : { echo })
    record.published.push({ publisher: name, number, topic, echo, index, routedIndex: undefined })
  } catch (error) {
    const code = error instanceof BusError ? error.code : String(error)
    member.log(`could not publish ${number}: ${code}`)
    if (!expected.has(code)) world.ledger.violated('calls', index, `${name}: publish failed with ${code}`)
  }
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
