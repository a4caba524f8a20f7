import { BusError } from '@clusterbus/protocol'
import type { Message } from '@clusterbus/client'
import type { Member } from '../cluster/member.ts'
import type { RequestRecord } from '../history/records.ts'
import { newRecord, refused, registered, type Registered } from './subscribing.ts'

/** How a responder answers. */
export type ResponderStyle = 'at-once' | 'slowly' | 'throws'

/** What an answer says: which request it is for, and who gives it. */
interface Answer {
  readonly key: string
  readonly by: string
}

/** Answers requests. Returns `undefined` when a limit was met. */
export function respond(
  member: Member,
  pattern: string,
  group: string | undefined,
  style: ResponderStyle,
  workMs: number,
): Registered | undefined {
  const record = newRecord(member, pattern, group, 0, true)
  const handler = (data: unknown, { topic }: Message): unknown => {
    const key = String(Object(data).key)
    const index = member.log(`S${record.id} is asked ${key} on ${topic}`)
    member.world.ledger.handled.push({ key, responder: member.name, pattern, topic, index })
    if (style === 'throws') throw new Error('as planned')
    const answer: Answer = { key, by: member.name }
    if (style === 'at-once') return answer
    return new Promise((resolve) => void member.process.schedule(workMs, () => resolve(answer)))
  }
  try {
    return registered(member, member.bus.respond(pattern, handler, group === undefined ? {} : { group }), record)
  } catch (error) {
    return refused(member, record, error)
  }
}

/** Asks; gives up after `abortMs`, where given. */
export function request(member: Member, topic: string, timeoutMs: number, abortMs: number | undefined): void {
  const { bus, world, name } = member
  const { ledger, time } = world
  const key = `${name}/${ledger.requests.length + 1}`
  const end = member.begin(`requests ${key} on ${topic} within ${timeoutMs} ms`)
  const record: RequestRecord = {
    key,
    requester: name,
    topic,
    index: world.history.lines.length - 1,
    at: time.now,
    timeoutMs,
    aborted: false,
    outcome: undefined,
  }
  ledger.requests.push(record)
  const ended = (reply: unknown, code: string | undefined): void => {
    const index = member.log(`${key} ends: ${code ?? JSON.stringify(reply)}`)
    if (record.outcome !== undefined) ledger.violated('requests', index, `${key} ends twice`)
    record.outcome = { index, at: time.now, reply, code }
    end()
  }
  const abort = abortAfter(member, abortMs, () => {
    if (record.outcome !== undefined) return false
    record.aborted = true
    member.log(`aborts ${key}`)
    return true
  })
  bus.request(topic, { key }, { timeout: timeoutMs, ...abort }).then(
    (reply: unknown) => ended(reply, undefined),
    (error: unknown) => ended(undefined, error instanceof BusError ? error.code : String(error)),
  )
}

/** A signal that is aborted after so long, if `isDue` says so then; no signal without a time. */
export function abortAfter(
  { process }: Member,
  afterMs: number | undefined,
  isDue: () => boolean,
): { readonly signal?: AbortSignal } {
  if (afterMs === undefined) return {}
  const controller = new AbortController()
  process.schedule(afterMs, () => {
    if (isDue()) controller.abort()
  })
  return { signal: controller.signal }
}
