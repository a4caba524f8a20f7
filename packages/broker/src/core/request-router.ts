import { type BusErrorCode, isReserved, layout, quoted, read, write } from '@clusterbus/protocol'
import type { Access } from './access/access.ts'
import { type AccessAction, refusalText } from './access/authorize.ts'
import { checkMessage, checkNamedMessage, type MessageRules } from './check-message.ts'
import type { ConnectedMember } from './connected-member.ts'
import { answerRequest, refuseRequest, Requests } from './requests.ts'
import { ResponderTable } from './responder-table.ts'
import type { RouterOwner } from './router-owner.ts'
import type { Subscription } from './subscription.ts'

/** What a bus asks the broker itself, to learn who is connected. */
const membersTopic = '$sys.members'

/** A failure has to get through, however small the limit for payloads is. */
const failureRules: MessageRules = {
  flags: layout.flagFailed | layout.flagRefused,
  payloadBytes: layout.failureBytesMax,
}

/** Brings each request to one responder, and the reply back to who asked. */
export class RequestRouter {
  readonly responders: ResponderTable = new ResponderTable()
  readonly #pending = new Requests()
  readonly #owner: RouterOwner
  readonly #written: Set<ConnectedMember>
  readonly #spend: (subscription: Subscription) => void
  readonly #access: Access | undefined
  readonly #requestRules: MessageRules
  readonly #replyRules: MessageRules

  /** `spend` is told of every subscription that was given a message of its own. */
  constructor(
    owner: RouterOwner,
    written: Set<ConnectedMember>,
    spend: (subscription: Subscription) => void,
    access: Access | undefined,
  ) {
    this.#access = access
    this.#owner = owner
    this.#written = written
    this.#spend = spend
    const { payloadBytes } = owner.limits
    this.#requestRules = { flags: layout.flagHeaders, payloadBytes }
    this.#replyRules = { flags: 0, payloadBytes }
  }

  /** Requests that wait for a reply. */
  get count(): number {
    return this.#pending.count
  }

  request(member: ConnectedMember, bytes: Buffer, start: number, end: number): void {
    const name = checkNamedMessage(bytes, start, start + layout.requestBytes, end, this.#requestRules)
    if (!this.responders.remembers(name)) read.assertWireTopic(name)
    const number = layout.readU32(bytes, start + layout.requestAt)
    member.assertUnused(number)
    this.#owner.counters.requests += 1
    if (isReserved(name)) return this.#askBroker(member, number, name)
    if (member.waitingCount >= this.#owner.limits.pendingRequests) return this.refuseFull(member, number)
    if (this.#access?.allows(member, 'request', name) === false) return this.refuseAccess(member, number, 'request')
    const responder = this.responders.choose(name)
    if (responder === undefined)
      return this.#refuse(
        member,
        number,
        'NO_RESPONDERS',
        'nobody answers it; call bus.respond() for it in a member that is connected',
      )
    layout.writeU32(bytes, start + layout.senderAt, member.id)
    this.#pending.begin(member, number, responder.member)
    write.writePick(responder.member.outbox.writer, [responder.id], false)
    responder.member.outbox.append(bytes, start, end)
    this.#written.add(responder.member)
    this.#spend(responder)
  }

  reply(member: ConnectedMember, bytes: Buffer, start: number, end: number): void {
    const failed = bytes[start + 5] !== 0
    checkMessage(bytes, start, start + layout.requestBytes, end, failed ? failureRules : this.#replyRules)
    const requester = this.#owner.memberById(layout.readU32(bytes, start + layout.topicAt))
    const number = layout.readU32(bytes, start + layout.requestAt)
    // Late, or never asked for: the requester is gone, has given up, or asked somebody else.
    if (requester === undefined || !this.#pending.end(requester, number, member)) return
    layout.writeU32(bytes, start + layout.senderAt, member.id)
    requester.outbox.append(bytes, start, end)
    this.#written.add(requester)
  }

  cancel(member: ConnectedMember, number: number): void {
    this.#pending.end(member, number)
  }

  /** Tells a member that it waits for as much as it may already. */
  refuseFull(member: ConnectedMember, number: number): void {
    const limit = this.#owner.limits.pendingRequests
    const message = `${limit} requests and confirmations of this member wait already, which is limits.pendingRequests of the broker; await some of them first`
    this.#refuse(member, number, 'QUEUE_FULL', message)
  }

  /** Tells a member that it may not do what it has asked for under that number. */
  refuseAccess(member: ConnectedMember, number: number, action: AccessAction): void {
    this.#refuse(member, number, 'NOT_ALLOWED', refusalText(action))
  }

  /** Ends what the member asked, and tells those who wait for its answers. */
  leave(member: ConnectedMember): void {
    const message = `the responder, member ${member.id} (${quoted(member.info.name)}), went away before it answered`
    for (const { requester, number } of this.#pending.leave(member)) {
      this.#refuse(requester, number, 'RESPONDER_LOST', message)
    }
  }

  #askBroker(member: ConnectedMember, number: number, name: string): void {
    if (name !== membersTopic) {
      return this.#refuse(member, number, 'NO_RESPONDERS', `the broker does not answer ${name}`)
    }
    answerRequest(
      member,
      number,
      Array.from(this.#owner.members(), ({ info }) => info),
    )
    this.#written.add(member)
  }

  #refuse(member: ConnectedMember, number: number, code: BusErrorCode, message: string): void {
    refuseRequest(member, number, code, message)
    this.#written.add(member)
  }
}
