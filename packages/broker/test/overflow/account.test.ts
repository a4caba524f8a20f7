import { layout, FrameKind } from '@clusterbus/protocol'
import { describe, expect, test } from 'vitest'
import { DropAccount } from '../../src/core/overflow/drop-account.ts'
import * as says from '../support/says.ts'
import { SlowMember } from './slow-member.ts'

describe('the account of drops', () => {
  const rowSum = (account: DropAccount): number => account.rows().reduce((sum, { messages }) => sum + messages, 0)

  test('has a row for each member, topic and reason', () => {
    const account = new DropAccount()
    const member = { id: 1, name: 'one' }
    account.add(member, 'a', 'oldest', 2)
    account.add(member, 'a', 'newest', 1)
    account.add(member, 'a', 'oldest', 3)
    account.add({ id: 2, name: 'two' }, '__proto__', 'silent', 1)
    expect(account.rows()).toEqual([
      { member: 1, name: 'one', topic: 'a', reason: 'oldest', messages: 5 },
      { member: 1, name: 'one', topic: 'a', reason: 'newest', messages: 1 },
      { member: 2, name: 'two', topic: '__proto__', reason: 'silent', messages: 1 },
    ])
  })

  test('sums up the topics of a member that has too many', () => {
    const account = new DropAccount()
    for (let topic = 0; topic < 5_000; topic++) account.add({ id: 1, name: 'one' }, `t${topic}`, 'oldest', 2)
    expect(account.rows().length).toBeLessThanOrEqual(1_000)
    expect(account.rows().at(-1)).toMatchObject({ member: 1, topic: '' })
    expect(rowSum(account)).toBe(10_000)
  })

  test('sums up members that are gone before it does so with others', () => {
    const account = new DropAccount()
    for (let id = 1; id <= 5_000; id++) {
      account.add({ id, name: 'n' }, 'a', 'oldest', 1)
      account.leave(id)
    }
    expect(account.rows().length).toBeLessThanOrEqual(1_000)
    expect(account.rows().filter(({ member }) => member === 0)).toHaveLength(1)
    expect(account.rows().at(-1)).toMatchObject({ member: 5_000, topic: 'a' })
    expect(rowSum(account)).toBe(5_000)
  })

  test('stays bounded with more members than rows, and right', () => {
    const account = new DropAccount()
    for (let id = 1; id <= 3_000; id++) {
      for (const reason of ['oldest', 'newest', 'conflated', 'disconnected', 'silent'] as const) {
        account.add({ id, name: 'n' }, 'a', reason, 1)
      }
    }
    expect(account.rows().length).toBeLessThanOrEqual(1_000)
    expect(rowSum(account)).toBe(15_000)
  })
})

test('what waits for a member whose link closes is lost, and counted', () => {
  const t = new SlowMember({})
  t.publish('a', '1', '2', '3')
  t.slow.bufferedBytes = 700
  t.slow.receiver?.onClose(new Error('torn'))
  expect(t.core.stats()).toMatchObject({ lost: 3, lostBytes: 700, dropped: 0, queuedMessages: 0 })
})

describe('$sys.member.slow', () => {
  function watched(): { t: SlowMember; notices: () => unknown[] } {
    const t = new SlowMember({ overflow: 'drop-newest' }, { memberMessages: 1 }, [says.subscribe(1, 'a')])
    t.publish('a', 'fills the link')
    const watcher = t.join('watcher')
    watcher.say(says.subscribe(1, '$sys.member.slow'))
    const kinds = [FrameKind.PUBLISH, FrameKind.PUBLISH_NAMED]
    return {
      t,
      notices: () =>
        kinds
          .flatMap((kind) => watcher.ofKind(kind))
          .map((frame) => JSON.parse(frame.toString('utf8', 16 + layout.readU32(frame, 12)))),
    }
  }

  test('tells once a second of a member that messages are dropped for', () => {
    const { t, notices } = watched()
    t.publish('a', '1', '2', '3', '4')
    expect(notices()).toEqual([{ id: 1, name: 'slow', dropped: 1 }])
    t.clock.pass(999)
    t.publish('a', '5')
    expect(notices()).toHaveLength(1)
    t.clock.pass(1)
    t.publish('a', '6')
    expect(notices().slice(1)).toEqual([{ id: 1, name: 'slow', dropped: 4 }])
  })

  test('says nothing of a member that takes what it is given', () => {
    const { t, notices } = watched()
    t.drain()
    t.publish('a', '1', '2', '3')
    expect(notices()).toEqual([])
  })
})
