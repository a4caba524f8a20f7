import { FrameKind, layout } from '@clusterbus/protocol'
import { beforeEach, describe, expect, test } from 'vitest'
import { collectGarbage, type FakeLink } from '@clusterbus/testkit'
import * as says from './support/says.ts'
import { TestBroker } from './support/test-broker.ts'
import { payloads } from './support/payloads.ts'

let broker: TestBroker

beforeEach(() => (broker = new TestBroker()))

describe('a request', () => {
  test('is answered only by the member that was asked', () => {
    const requester = broker.join()
    const responder = broker.join()
    const stranger = broker.join()
    responder.say(says.subscribe(1, 'a', { responder: true }))
    requester.say(says.request('a', 7))
    stranger.say(says.reply(1, 7, 'forged'))
    expect(requester.ofKind(FrameKind.REPLY)).toEqual([])
    responder.say(says.reply(1, 7, 'true'))
    responder.say(says.reply(1, 7, 'again'))
    expect(requester.ofKind(FrameKind.REPLY).map((frame) => frame.toString('utf8', layout.requestBytes))).toEqual([
      'true',
    ])
    expect(broker.core.stats().pendingRequests).toBe(0)
  })

  test('fails when its responder goes away, and leaves nothing when its requester does', () => {
    const requester = broker.join()
    const responder = broker.join()
    responder.say(says.subscribe(1, 'a', { responder: true }))
    requester.say(says.request('a', 1), says.request('a', 2))
    expect(broker.core.stats().pendingRequests).toBe(2)
    responder.receiver?.onClose()
    expect(requester.ofKind(FrameKind.REPLY).map((frame) => frame.toString('utf8'))).toEqual([
      expect.stringContaining('RESPONDER_LOST'),
      expect.stringContaining('RESPONDER_LOST'),
    ])
    const second = broker.join()
    second.say(says.subscribe(1, 'a', { responder: true }))
    requester.say(says.request('a', 3))
    requester.receiver?.onClose()
    expect(broker.core.stats()).toMatchObject({ pendingRequests: 0, members: 1 })
  })
})

test('a member that leaves takes its subscriptions along, and the others hear of it', () => {
  const watcher = broker.join()
  watcher.say(says.subscribe(1, '$sys.member.*'))
  const member = broker.join()
  member.say(says.subscribe(1, 'a'), says.subscribe(2, 'b.*'), says.subscribe(3, 'c', { group: 'g' }))
  expect(broker.core.stats().subscriptions).toBe(4)
  member.receiver?.onClose(new Error('torn'))
  expect(broker.core.stats()).toMatchObject({ subscriptions: 1, members: 1 })
  expect(payloads(watcher).map((text) => JSON.parse(text))).toEqual([
    { id: 2, name: 'someone', pid: 1, kind: 'cluster' },
    { id: 2, name: 'someone', pid: 1, kind: 'cluster', reason: 'torn' },
  ])
})

test('a member that is gone is not held on to by the topics it took', async () => {
  const publisher = broker.join()
  const link = new WeakRef(joinAndGo(publisher))
  await collectGarbage()
  expect(link.deref()).toBeUndefined()
  expect(broker.core.stats()).toMatchObject({ members: 1, topics: 1 })
})

/** Takes a topic by a wildcard, gets a message, and goes. */
function joinAndGo(publisher: FakeLink): FakeLink {
  const link = broker.join()
  link.say(says.subscribe(1, 'worker.*'))
  publisher.say(says.publishNamed('worker.7'), says.publishNamed('worker.7'))
  link.receiver?.onClose()
  return link
}

test('two topics that alternate are each shared out to all of their group', () => {
  const publisher = broker.join()
  const workers = [broker.join(), broker.join()]
  for (const worker of workers) worker.say(says.subscribe(1, 'job.*', { group: 'g' }))
  for (let round = 0; round < 4; round++)
    publisher.say(says.publishNamed('job.a', 'a'), says.publishNamed('job.b', 'b'))
  expect(workers.map((worker) => payloads(worker).toSorted().join(''))).toEqual(['aabb', 'aabb'])
})

test('topics that are used once are shared out to a group, whatever is published between them', () => {
  const publisher = broker.join()
  const workers = [broker.join(), broker.join()]
  for (const worker of workers) worker.say(says.subscribe(1, 'job.*', { group: 'g' }))
  for (let id = 0; id < 10; id++) publisher.say(says.publishNamed(`job.${id}`), says.publishNamed(`log.${id}`))
  expect(workers.map((worker) => payloads(worker).length)).toEqual([5, 5])
})

test('a close gives up those that a drain still waits for', () => {
  const link = broker.join()
  void broker.core.drain(5_000)
  broker.clock.pass(100)
  expect(link.destroyed).toBe(false)
  void broker.core.close()
  broker.clock.pass(0)
  expect(link.destroyed).toBe(true)
})

test('closing tells every member, and ends when every link has closed', async () => {
  const links = [broker.join(), broker.join()]
  let closed = false
  const closing = broker.core.close().then(() => (closed = true))
  expect(links.map((link) => [link.ended, link.ofKind(FrameKind.CLOSE).length])).toEqual([
    [true, 1],
    [true, 1],
  ])
  broker.clock.pass(0)
  expect(links.map((link) => link.destroyed)).toEqual([true, true])
  await Promise.resolve()
  expect(closed).toBe(false)
  for (const link of links) link.receiver?.onClose()
  await closing
  expect(broker.clock.timers).toBe(0)
})
