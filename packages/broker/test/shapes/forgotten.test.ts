import { collectGarbage, type FakeLink } from '@clusterbus/testkit'
import { beforeEach, describe, expect, test } from 'vitest'
import * as says from '../support/says.ts'
import { TestBroker } from '../support/test-broker.ts'
import { transcript, withoutTopics } from '../support/transcript.ts'

let broker: TestBroker

beforeEach(() => (broker = new TestBroker()))

describe('when a sender leaves', () => {
  test('those who were told its shapes hear of it, behind its last message, and nobody else', () => {
    const sender = broker.join()
    const [told, bystander, other] = [broker.subscriber('a'), broker.subscriber('b'), broker.subscriber('a')]
    other.say(says.shape(0, 'others'))
    sender.say(says.shape(0, 'zero'), says.shaped('a', 'last'))
    sender.receiver?.onClose()
    expect(withoutTopics(told)).toEqual(['SHAPE 1.0 zero', 'NAMED 1 last', 'GONE 1'])
    expect(withoutTopics(other)).toEqual(['SHAPE 1.0 zero', 'NAMED 1 last', 'GONE 1'])
    expect(transcript(bystander)).toEqual([])
    other.receiver?.onClose()
    expect(transcript(told).filter((line) => line.startsWith('GONE'))).toEqual(['GONE 1'])
  })

  test('nobody hears of one that has described nothing', () => {
    const sender = broker.join()
    const receiver = broker.subscriber('a')
    sender.say(says.publishNamed('a', '1'))
    sender.receiver?.onClose()
    expect(withoutTopics(receiver)).toEqual(['NAMED 1 1'])
  })

  test('nor of one whose shapes were described behind its last message', () => {
    const sender = broker.join()
    const receiver = broker.subscriber('a')
    sender.say(says.publishNamed('a', '1'), says.shape(0, 'zero'))
    sender.receiver?.onClose()
    expect(withoutTopics(receiver)).toEqual(['NAMED 1 1'])
  })

  test('because it broke the rules, they hear of it too, behind what it said before', () => {
    const sender = broker.join()
    const receiver = broker.subscriber('a')
    sender.say(
      Buffer.concat([
        says.shape(0, 'zero'),
        says.shaped('a', '1'),
        says.shape(7, 'out of order'),
        says.shaped('a', '2'),
      ]),
    )
    expect(withoutTopics(receiver)).toEqual(['SHAPE 1.0 zero', 'NAMED 1 1', 'GONE 1'])
    expect(broker.reported.map(({ code }) => code)).toEqual(['BAD_FRAME'])
    sender.receiver?.onClose()
    expect(withoutTopics(receiver)).toHaveLength(3)
  })

  test('its successor is another', () => {
    const first = broker.join()
    const receiver = broker.subscriber('a')
    first.say(says.shape(0, 'old'), says.shaped('a', '1'))
    first.receiver?.onClose()
    broker.join().say(says.shape(0, 'new'), says.shaped('a', '2'))
    const heard = ['SHAPE 1.0 old', 'NAMED 1 1', 'GONE 1', 'SHAPE 3.0 new', 'NAMED 3 2']
    expect(withoutTopics(receiver)).toEqual(heard)
  })
})

describe('nothing is kept', () => {
  test('of a receiver that has left, though the sender stays', async () => {
    const sender = broker.join()
    sender.say(says.shape(0, 'zero'))
    expect(await isCollected(new WeakRef(joinAndGo(sender)))).toBe(true)
    expect(broker.core.stats().members).toBe(1)
  })

  test('of a sender that has left, though the receiver stays', async () => {
    const receiver = broker.subscriber('a')
    expect(await isCollected(new WeakRef(speakAndGo()))).toBe(true)
    expect(withoutTopics(receiver)).toEqual(['SHAPE 2.0 zero', 'NAMED 2 1', 'GONE 2'])
  })

  test('of the chunk that a shape came in', () => {
    const sender = broker.join()
    const chunk = Buffer.concat([says.shape(0, 'zero'), says.shaped('b', 'unheard')])
    sender.receiver?.onChunk(chunk)
    chunk.fill(0xff)
    const late = broker.subscriber('a')
    sender.say(says.shaped('a', '1'))
    expect(withoutTopics(late)).toEqual(['SHAPE 1.0 zero', 'NAMED 1 1'])
  })
})

/** Is told the shapes of the sender, and goes. */
function joinAndGo(sender: FakeLink): FakeLink {
  const link = broker.subscriber('a')
  sender.say(says.shaped('a', '1'))
  expect(withoutTopics(link)).toEqual(['SHAPE 1.0 zero', 'NAMED 1 1'])
  link.receiver?.onClose()
  return link
}

function speakAndGo(): FakeLink {
  const link = broker.join()
  link.say(says.shape(0, 'zero'), says.shaped('a', '1'))
  link.receiver?.onClose()
  return link
}

async function isCollected(reference: WeakRef<object>): Promise<boolean> {
  await collectGarbage()
  return reference.deref() === undefined
}
