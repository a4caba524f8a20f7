import { FrameKind, layout } from '@clusterbus/protocol'
import { beforeEach, describe, expect, test } from 'vitest'
import * as says from '../support/says.ts'
import { TestBroker } from '../support/test-broker.ts'
import { transcript, withoutTopics } from '../support/transcript.ts'

const { flagNoEcho } = layout

let broker: TestBroker

beforeEach(() => (broker = new TestBroker()))

describe('a receiver is told the shapes of a sender', () => {
  test('before the first message, exactly once, however late it subscribed', () => {
    const sender = broker.join()
    sender.say(says.shape(0, 'zero'), says.shape(1, 'one'), says.shaped('a', 'unheard'))
    const late = broker.subscriber('a')
    expect(transcript(late)).toEqual([])
    sender.say(says.shaped('a', 'first'), says.shaped('a', 'second'))
    expect(withoutTopics(late)).toEqual(['SHAPE 1.0 zero', 'SHAPE 1.1 one', 'NAMED 1 first', 'NAMED 1 second'])
  })

  test('between the messages that it was described between, in one chunk', () => {
    const sender = broker.join()
    const receiver = broker.subscriber('a')
    sender.say(
      Buffer.concat([
        says.publishNamed('a', '1'),
        says.shape(0, 'zero'),
        says.shaped('a', '2'),
        says.shaped('a', '3'),
        says.shape(1, 'one'),
        says.shape(2, 'two'),
        says.shaped('a', '4'),
      ]),
    )
    expect(withoutTopics(receiver)).toEqual([
      'NAMED 1 1',
      'SHAPE 1.0 zero',
      'NAMED 1 2',
      'NAMED 1 3',
      'SHAPE 1.1 one',
      'SHAPE 1.2 two',
      'NAMED 1 4',
    ])
  })

  test('also before messages by number, of which many go on as one', () => {
    const sender = broker.join()
    const receiver = broker.subscriber('a')
    sender.say(says.publishNamed('a', '1'), says.publishNamed('a', '2'))
    const burst = (flags: number): Buffer[] =>
      Array.from({ length: 500 }, (_, index) => says.publishNumbered(1, `${index}`, flags))
    sender.say(Buffer.concat([...burst(0), says.shape(0, 'zero'), ...burst(layout.flagShaped)]))
    const heard = withoutTopics(receiver).slice(2)
    const numbers = burst(0).map((_, index) => `PUBLISH 1 ${index}`)
    expect(heard).toEqual([...numbers, 'SHAPE 1.0 zero', ...numbers])
  })

  test('wherever the chunks are torn', () => {
    const said = Buffer.concat([
      says.shape(0, 'zero'),
      says.shaped('a', '1'),
      says.shape(1, 'one'),
      says.shaped('a', '2'),
    ])
    for (let at = 0; at <= said.length; at += 1) {
      broker = new TestBroker()
      const sender = broker.join()
      const receiver = broker.subscriber('a')
      sender.say(said.subarray(0, at), said.subarray(at))
      const expected = ['SHAPE 1.0 zero', 'NAMED 1 1', 'SHAPE 1.1 one', 'NAMED 1 2']
      expect(withoutTopics(receiver), `torn at ${at}`).toEqual(expected)
    }
  })

  test('not when it takes nothing from it', () => {
    const sender = broker.join()
    const bystander = broker.subscriber('b')
    sender.say(says.shape(0, 'zero'), says.shaped('a', '1'))
    expect(transcript(bystander)).toEqual([])
    expect(transcript(sender)).toEqual([])
  })

  test('again after it left and came back', () => {
    const sender = broker.join()
    const first = broker.subscriber('a')
    sender.say(says.shape(0, 'zero'), says.shaped('a', '1'))
    first.receiver?.onClose()
    const second = broker.subscriber('a')
    sender.say(says.shaped('a', '2'))
    expect(withoutTopics(second)).toEqual(['SHAPE 1.0 zero', 'NAMED 1 2'])
  })

  test('once, though it unsubscribed and subscribed in between', () => {
    const sender = broker.join()
    const receiver = broker.subscriber('a')
    sender.say(says.shape(0, 'zero'), says.shaped('a', '1'))
    receiver.say(says.number(FrameKind.UNSUBSCRIBE, 1), says.subscribe(2, 'b'))
    sender.say(says.shape(1, 'one'), says.shaped('a', 'unheard'), says.shaped('b', '2'))
    expect(withoutTopics(receiver)).toEqual(['SHAPE 1.0 zero', 'NAMED 1 1', 'SHAPE 1.1 one', 'NAMED 1 2'])
  })

  test('as that sender’s, whoever it claims to be', () => {
    const sender = broker.join()
    const receiver = broker.subscriber('a')
    const forged = says.shape(0, 'zero')
    layout.writeU32(forged, layout.senderAt, 2)
    sender.say(forged, says.shaped('a', '1'))
    expect(withoutTopics(receiver)).toEqual(['SHAPE 1.0 zero', 'NAMED 1 1'])
  })
})

describe('with several senders', () => {
  test('each receiver is told of each, under its own number', () => {
    const members = [broker.subscriber('a'), broker.subscriber('a'), broker.subscriber('a')]
    for (const [index, member] of members.entries()) {
      member.say(says.shape(0, `zero of ${index + 1}`), says.shaped('a', `from ${index + 1}`))
    }
    const heard = [1, 2, 3].flatMap((id) => [`SHAPE ${id}.0 zero of ${id}`, `NAMED ${id} from ${id}`])
    for (const member of members) expect(withoutTopics(member)).toEqual(heard)
  })

  test('two members that take turns are not told twice', () => {
    const [left, right] = [broker.subscriber('a'), broker.subscriber('a')]
    for (const member of [left, right]) member.say(says.shape(0, 'zero'))
    for (let round = 0; round < 3; round += 1) {
      left.say(says.shaped('a', `${round}`))
      right.say(says.shaped('a', `${round}`))
    }
    for (const member of [left, right]) {
      expect(transcript(member).filter((line) => line.startsWith('SHAPE'))).toEqual([
        'SHAPE 1.0 zero',
        'SHAPE 2.0 zero',
      ])
    }
  })
})

describe('without echo', () => {
  test('a sender that does not want its own messages is not told its own shapes', () => {
    const sender = broker.subscriber('a')
    const other = broker.subscriber('a')
    sender.say(says.shape(0, 'zero'), says.shaped('a', '1', flagNoEcho))
    expect(withoutTopics(sender)).toEqual([])
    expect(withoutTopics(other)).toEqual(['SHAPE 1.0 zero', 'NAMED 1 1'])
  })

  test('it is told before the first that it does want', () => {
    const sender = broker.subscriber('a')
    sender.say(
      says.shape(0, 'zero'),
      Buffer.concat([says.shaped('a', '1', flagNoEcho), says.shaped('a', '2'), says.shaped('a', '3')]),
    )
    expect(withoutTopics(sender)).toEqual(['SHAPE 1.0 zero', 'NAMED 1 2', 'NAMED 1 3'])
  })
})

describe('in a group', () => {
  test('nothing stands between a PICK and its message', () => {
    const sender = broker.join()
    const workers = [broker.subscriber('a', { group: 'g' }), broker.subscriber('a', { group: 'g' })]
    workers[1]?.say(says.subscribe(2, 'a'))
    for (let number = 0; number < 6; number += 1) {
      sender.say(says.shape(number, `${number}`), says.shaped('a', `to ${number}`))
    }
    for (const worker of workers) {
      const lines = transcript(worker)
      const behindPicks = lines.filter((_, index) => lines[index - 1] === 'PICK')
      expect(behindPicks).toHaveLength(3)
      for (const line of behindPicks) expect(line).toMatch(/^(NAMED|PUBLISH) 1 to/)
    }
  })

  test('who is picked is told what it does not know yet, and who is not, is not', () => {
    const sender = broker.join()
    const workers = [broker.subscriber('a', { group: 'g' }), broker.subscriber('a', { group: 'g' })]
    sender.say(says.shape(0, 'zero'), says.shaped('a', '1'))
    const told = workers.filter((worker) => withoutTopics(worker).length > 0)
    expect(told.map((worker) => withoutTopics(worker))).toEqual([['SHAPE 1.0 zero', 'PICK', 'NAMED 1 1']])
    sender.say(says.shape(1, 'one'), says.shaped('a', '2'))
    const second = ['SHAPE 1.0 zero', 'SHAPE 1.1 one', 'PICK', 'NAMED 1 2']
    expect(workers.map((worker) => withoutTopics(worker))).toContainEqual(second)
  })

  test('plain subscribers beside it are told too', () => {
    const sender = broker.join()
    const plain = broker.subscriber('a')
    const worker = broker.subscriber('a', { group: 'g' })
    sender.say(says.shape(0, 'zero'), says.shaped('a', '1'))
    expect(withoutTopics(plain)).toEqual(['SHAPE 1.0 zero', 'NAMED 1 1'])
    expect(withoutTopics(worker)).toEqual(['SHAPE 1.0 zero', 'PICK', 'NAMED 1 1'])
  })
})

test('what the broker itself says introduces nobody', () => {
  const watcher = broker.subscriber('$sys.member.*')
  watcher.say(says.shape(0, 'zero'))
  broker.join()
  expect(transcript(watcher).map((line) => line.split(' ', 2).join(' '))).toEqual(['NAMED 0'])
})

test('a shape is no message: it is counted neither as delivered nor as dropped', () => {
  broker = new TestBroker({ limits: { queuedBytes: 1_000 } })
  const slow = broker.subscriber('a')
  const sender = broker.join()
  slow.takes = false
  sender.say(says.publishNamed('a', 'taken'))
  for (let number = 0; broker.reported.length === 0; number += 1) {
    sender.say(says.shape(number, 'x'.repeat(100)), says.shaped('a', 'x'.repeat(100)))
  }
  const { delivered, dropped } = broker.core.stats()
  expect(broker.reported.map(({ code }) => code)).toEqual(['QUEUE_FULL'])
  expect(transcript(slow).filter((line) => /^(NAMED|PUBLISH)/.test(line))).toHaveLength(delivered - dropped)
})

test('as many shapes as a member may describe are told in order', () => {
  const sender = broker.join()
  const longest = 'x'.repeat(layout.descriptionBytesMax)
  for (let number = 0; number < layout.shapesMax; number += 1) sender.say(says.shape(number, longest))
  const receiver = broker.subscriber('a')
  sender.say(says.shaped('a', '1'))
  const numbers = receiver.ofKind(FrameKind.SHAPE).map((frame) => layout.readU32(frame, layout.shapeNumberAt))
  expect(numbers).toEqual(Array.from({ length: layout.shapesMax }, (_, number) => number))
  expect(broker.reported).toEqual([])
})
