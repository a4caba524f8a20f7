import { BrokerCore } from '@clusterbus/broker/core'
import type { Message } from '@clusterbus/client'
import { msgpackCodec } from '@clusterbus/codec-msgpack'
import { BusError, type Codec, resolveLimits } from '@clusterbus/protocol'
import { ManualClock } from '@clusterbus/testkit'
import assert from 'node:assert/strict'
import type { Input } from '../engine/input.ts'
import { mutateFrames } from '../engine/mutate-frames.ts'
import { refusalOf } from '../engine/refusal.ts'
import type { Outcome, Target } from '../engine/target.ts'
import { authorize, deniedTopic, guardedTopic } from './access.ts'
import { Attacker } from './attacker.ts'
import { conversation } from './generate.ts'
import { HealthyMember, type Role } from './healthy-member.ts'
import { Pump, pumpedPair } from './pump.ts'

const limits = resolveLimits({ payloadBytes: 4_096, topicNames: 16, subscriptions: 8, pendingRequests: 4 })

const attackerPid = 2

/** A broker with two orderly members, whom whatever a third one sends must not concern, and which lets nobody do all. */
export function brokerTarget(): Target {
  const world = new World()
  return {
    generate: conversation,
    mutate: mutateFrames,
    take: (input) => world.take(input),
    settle: () => world.settle(),
  }
}

class World {
  readonly #pump = new Pump()
  readonly #clock = new ManualClock()
  readonly #reports: BusError[] = []
  readonly #broker: BrokerCore
  readonly #left: HealthyMember
  readonly #right: HealthyMember
  readonly #subscriptions: number

  constructor() {
    const report = (error: BusError): void => void this.#reports.push(error)
    this.#broker = new BrokerCore({ limits, stallMs: 1_000, clock: this.#clock, authorize, report })
    this.#left = this.#join({ hears: 'healthy.left', from: 2, says: 'healthy.right' })
    this.#right = this.#join({ hears: 'healthy.right', from: 1, says: 'healthy.left' }, msgpackCodec())
    const { core: left } = this.#left
    const { core: right } = this.#right
    left.subscribe('fuzz.>', (_, message) => this.#heard(message))
    left.subscribe('fuzz.a', () => undefined, { group: 'g' })
    left.subscribe('$sys.member.*', () => undefined)
    right.subscribe('>', (_, message) => this.#heard(message))
    right.subscribe('fuzz.*', () => undefined, { group: 'g' })
    right.respond('fuzz.*', (data: unknown, message) => {
      this.#heard(message)
      return data
    })
    right.respond('healthy.echo', (data: unknown) => data)
    this.#pump.run()
    this.#subscriptions = this.#broker.stats().subscriptions
  }

  take(input: Input): Outcome {
    const attacker = this.#attack(input)
    const refusal = this.#refusal(attacker)
    this.#assertUnharmed()
    const path = `${[...attacker.heard].sort((a, b) => a - b).join()} ${refusal}`
    return { path, refusal }
  }

  /** A question of one orderly member to the other is answered, when nobody else is there. */
  async settle(): Promise<void> {
    const question = Uint8Array.of(1, 2, 3)
    let isAnswered = false
    const settled = this.#left.core.request('healthy.echo', question).then((answer) => {
      assert.deepEqual(answer, question)
      isAnswered = true
    })
    for (let turns = 0; turns < 20 && !isAnswered; turns += 1) {
      this.#pump.run()
      await Promise.resolve()
    }
    assert.ok(isAnswered, 'a request among orderly members has no answer')
    await settled
    this.#assertUnharmed()
  }

  #join(role: Role, codec?: Codec): HealthyMember {
    const [near, far] = pumpedPair(this.#pump)
    const member = new HealthyMember(near, this.#pump, role, codec)
    this.#broker.accept(far, { name: role.says, pid: 1, kind: 'cluster' })
    return member
  }

  /** Both count before, between and after what the attacker says. */
  #attack(input: Input): Attacker {
    this.#reports.length = 0
    const { refused } = this.#broker.stats()
    const [near, far] = pumpedPair(this.#pump)
    const attacker = new Attacker(near)
    this.#broker.accept(far, { name: 'attacker', pid: attackerPid, kind: 'socket' })
    for (const chunk of input) attacker.say(chunk)
    this.#left.count()
    this.#right.count()
    this.#pump.run()
    this.#left.count()
    this.#right.count()
    this.#pump.run()
    const wasClosed = near.isClosed
    attacker.leave()
    this.#pump.run()
    this.#broker.processExited(attackerPid)
    assert.equal(wasClosed, attacker.farewell !== undefined, 'a link was closed without a word, or not after it')
    assert.equal(attacker.refused, this.#broker.stats().refused - refused, 'messages were refused, and it was not told')
    return attacker
  }

  /** What an orderly member is given, must have been allowed. */
  #heard({ topic, from }: Message): void {
    assert.notEqual(topic, deniedTopic)
    if (topic === guardedTopic)
      assert.equal(from, this.#left.core.member?.id, 'a message of whoever may not publish it')
  }

  #refusal(attacker: Attacker): string | undefined {
    const [report, ...others] = this.#reports
    assert.equal(others.length, 0, 'more than one report about one link')
    if (report === undefined) {
      assert.equal(attacker.farewell, undefined)
      return undefined
    }
    assert.equal(report.code, 'BAD_FRAME')
    assert.ok(report.cause instanceof BusError, `not refused, but stumbled over: ${String(report.cause)}`)
    assert.equal(report.member, attacker.id)
    assert.equal(attacker.farewell?.code, 'BAD_FRAME')
    return refusalOf(report.cause)
  }

  #assertUnharmed(): void {
    for (const { faults } of [this.#left, this.#right]) assert.deepEqual(faults, [])
    assert.ok(this.#left.isHeardBy(this.#right) && this.#right.isHeardBy(this.#left), 'a message was lost')
    const { members, subscriptions, pendingRequests, queuedBytes, topics } = this.#broker.stats()
    const left = { members, subscriptions, pendingRequests, queuedBytes }
    const expected = { members: 2, subscriptions: this.#subscriptions, pendingRequests: 0, queuedBytes: 0 }
    assert.deepEqual(left, expected, 'something stays of a member that has left')
    assert.ok(topics <= limits.topicNames)
    // That of the heartbeats.
    assert.equal(this.#clock.timers, 1)
  }
}
