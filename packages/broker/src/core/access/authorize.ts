import { BusError, describeThrown, type Member, quoted } from '@clusterbus/protocol'

/**
 * What a member may be refused. `publish`, `request`: the topic. `subscribe`, `respond`: the pattern, as it was asked for.
 * `cache`, `invalidate`: the name of the cache that it wants to hold, or to void something in for all who do.
 */
export type AccessAction = 'publish' | 'subscribe' | 'request' | 'respond' | 'cache' | 'invalidate'

/** Whether a member may do that. Answers at once, and the same whenever it is asked the same. */
export type Authorize = (member: Member, action: AccessAction, topic: string) => boolean

/** What an app has answered, and what is wrong with that. Whatever is no clear yes is a no. */
export interface Judgement {
  readonly allowed: boolean
  readonly fault: BusError | undefined
}

/** Asks the app. Never throws. */
export function judge(authorize: Authorize, member: Member, action: AccessAction, topic: string): Judgement {
  try {
    const answer: unknown = authorize(member, action, topic)
    if (typeof answer === 'boolean') return { allowed: answer, fault: undefined }
    return { allowed: false, fault: noAnswer(answer, member, action, topic) }
  } catch (cause) {
    return { allowed: false, fault: failed(cause, member, action, topic) }
  }
}

/** Why a call is refused, as the member is told. */
export function refusalText(action: AccessAction): string {
  return `the broker does not let this member ${deeds[action]}, as authorize() of createBroker() says; allow it there`
}

const deeds: Readonly<Record<AccessAction, string>> = {
  publish: 'publish to this topic',
  subscribe: 'subscribe to this pattern',
  request: 'request this topic',
  respond: 'respond to this pattern',
  cache: 'hold this cache',
  invalidate: 'invalidate this cache',
}

function noAnswer(answer: unknown, member: Member, action: AccessAction, topic: string): BusError {
  const what = isForgottenPromise(answer) ? 'a promise' : answer === undefined ? 'nothing' : quoted(answer)
  const message = `${callOf(member, action, topic)} returned ${what}, which refuses it; return true or false, not later`
  return new BusError('BAD_OPTION', message, { option: 'authorize', topic, member: member.id })
}

/**
 * Whether it is a promise, of whatever realm: authorize may run in one of its own, as under Jest. Nobody waits for it, so
 * its failure must not bring the process down. What only looks like a promise may begin when it is asked, and is left alone.
 */
function isForgottenPromise(answer: unknown): boolean {
  try {
    void Promise.prototype.then.call(answer, undefined, () => undefined)
    return true
  } catch {
    return false
  }
}

function failed(cause: unknown, member: Member, action: AccessAction, topic: string): BusError {
  const message = `${callOf(member, action, topic)} threw, which refuses it: ${describeThrown(cause).message}`
  return new BusError('HANDLER_FAILED', message, { option: 'authorize', topic, member: member.id, cause })
}

function callOf({ id, name }: Member, action: AccessAction, topic: string): string {
  return `authorize(member ${id} (${quoted(name)}), ${quoted(action)}, ${quoted(topic)})`
}
