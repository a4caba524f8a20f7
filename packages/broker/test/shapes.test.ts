import { FrameKind, layout } from '@clusterbus/protocol'
import { collectGarbage, type FakeLink } from '@clusterbus/testkit'
import fc from 'fast-check'
import { beforeEach, describe, expect, test } from 'vitest'
import * as says from './support/says.ts'
import { TestBroker } from './support/test-broker.ts'
import { transcript, withoutTopics } from './support/transcript.ts'

const { flagNoEcho, flagShaped } = layout

let broker: TestBroker

beforeEach(() => (broker = new TestBroker()))

function join(pattern?: string, options: { group?: string } = {}): FakeLink {
  const link = broker.join()
  if (pattern !== undefined) link.say(says.subscribe(1, pattern, options))
  return link
}

function shaped(topic: string, payload: string, flags = 0): Buffer {
  return says.publishNamed(topic, payload, flagShaped | flags)
}

describe('a receiver is told the shapes of a sender', () => {
  test('before the first message, exactly once, however late it subscribed', () => {
    const sender = join()
    sender.say(says.shape(0, 'zero'), says.shape(1, 'one'), shaped('a', 'unheard'))
    const late = join('a')
    expect(transcript(late)).toEqual([])
    sender.say(shaped('a', 'first'), shaped('a', 'second'))
    expect(withoutTopics(late)).toEqual(['SHAPE 1.0 zero', 'SHAPE 1.1 one', 'NAMED 1 first', 'NAMED 1 second'])
  })

  test('between the messages that it was described between, in one chunk', () => {
    const sender = join()
    const receiver = join('a')
    sender.say(
      Buffer.concat([
        says.publishNamed('a', '1'),
        says.shape(0, 'zero'),
        shaped('a', '2'),
        shaped('a', '3'),
        says.shape(1, 'one'),
        says.shape(2, 'two'),
        shaped('a', '4'),
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
    const sender = join()
    const receiver = join('a')
    sender.say(says.publishNamed('a', '1'), says.publishNamed('a', '2'))
    const burst = (flags: number): Buffer[] =>
      Array.from({ length: 500 }, (_, index) => says.publishNumbered(1, `${index}`, flags))
    sender.say(Buffer.concat([...burst(0), says.shape(0, 'zero'), ...burst(flagShaped)]))
    const heard = withoutTopics(receiver).slice(2)
    const numbers = burst(0).map((_, index) => `PUBLISH 1 ${index}`)
    expect(heard).toEqual([...numbers, 'SHAPE 1.0 zero', ...numbers])
  })

  test('wherever the chunks are torn', () => {
    const said = Buffer.concat([says.shape(0, 'zero'), shaped('a', '1'), says.shape(1, 'one'), shaped('a', '2')])
    for (let at = 0; at <= said.length; at += 1) {
      broker = new TestBroker()
      const sender = join()
      const receiver = join('a')
      sender.say(said.subarray(0, at), said.subarray(at))
      const expected = ['SHAPE 1.0 zero', 'NAMED 1 1', 'SHAPE 1.1 one', 'NAMED 1 2']
      expect(withoutTopics(receiver), `torn at ${at}`).toEqual(expected)
    }
  })

  test('not when it takes nothing from it', () => {
    const sender = join()
    const bystander = join('b')
    sender.say(says.shape(0, 'zero'), shaped('a', '1'))
    expect(transcript(bystander)).toEqual([])
    expect(transcript(sender)).toEqual([])
  })

  test('again after it left and came back', () => {
    const sender = join()
    const first = join('a')
    sender.say(says.shape(0, 'zero'), shaped('a', '1'))
    first.receiver?.onClose()
    const second = join('a')
    sender.say(shaped('a', '2'))
    expect(withoutTopics(second)).toEqual(['SHAPE 1.0 zero', 'NAMED 1 2'])
  })

  test('once, though it unsubscribed and subscribed in between', () => {
    const sender = join()
    const receiver = join('a')
    sender.say(says.shape(0, 'zero'), shaped('a', '1'))
    receiver.say(says.number(FrameKind.UNSUBSCRIBE, 1), says.subscribe(2, 'b'))
    sender.say(says.shape(1, 'one'), shaped('a', 'unheard'), shaped('b', '2'))
    expect(withoutTopics(receiver)).toEqual(['SHAPE 1.0 zero', 'NAMED 1 1', 'SHAPE 1.1 one', 'NAMED 1 2'])
  })

  test('as that sender’s, whoever it claims to be', () => {
    const sender = join()
    const receiver = join('a')
    const forged = says.shape(0, 'zero')
    layout.writeU32(forged, layout.senderAt, 2)
    sender.say(forged, shaped('a', '1'))
    expect(withoutTopics(receiver)).toEqual(['SHAPE 1.0 zero', 'NAMED 1 1'])
  })
})

describe('with several senders', () => {
  test('each receiver is told of each, under its own number', () => {
    const members = [join('a'), join('a'), join('a')]
    for (const [index, member] of members.entries()) {
      member.say(says.shape(0, `zero of ${index + 1}`), shaped('a', `from ${index + 1}`))
    }
    const heard = [1, 2, 3].flatMap((id) => [`SHAPE ${id}.0 zero of ${id}`, `NAMED ${id} from ${id}`])
    for (const member of members) expect(withoutTopics(member)).toEqual(heard)
  })

  test('two members that take turns are not told twice', () => {
    const [left, right] = [join('a'), join('a')]
    for (const member of [left, right]) member.say(says.shape(0, 'zero'))
    for (let round = 0; round < 3; round += 1) {
      left.say(shaped('a', `${round}`))
      right.say(shaped('a', `${round}`))
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
    const sender = join('a')
    const other = join('a')
    sender.say(says.shape(0, 'zero'), shaped('a', '1', flagNoEcho))
    expect(withoutTopics(sender)).toEqual([])
    expect(withoutTopics(other)).toEqual(['SHAPE 1.0 zero', 'NAMED 1 1'])
  })

  test('it is told before the first that it does want', () => {
    const sender = join('a')
    sender.say(says.shape(0, 'zero'), Buffer.concat([shaped('a', '1', flagNoEcho), shaped('a', '2'), shaped('a', '3')]))
    expect(withoutTopics(sender)).toEqual(['SHAPE 1.0 zero', 'NAMED 1 2', 'NAMED 1 3'])
  })
})

describe('in a group', () => {
  test('nothing stands between a PICK and its message', () => {
    const sender = join()
    const workers = [join('a', { group: 'g' }), join('a', { group: 'g' })]
    workers[1]?.say(says.subscribe(2, 'a'))
    for (let number = 0; number < 6; number += 1) {
      sender.say(says.shape(number, `${number}`), shaped('a', `to ${number}`))
    }
    for (const worker of workers) {
      const lines = transcript(worker)
      const behindPicks = lines.filter((_, index) => lines[index - 1] === 'PICK')
      expect(behindPicks).toHaveLength(3)
      for (const line of behindPicks) expect(line).toMatch(/^(NAMED|PUBLISH) 1 to/)
    }
  })

  test('who is picked is told what it does not know yet, and who is not, is not', () => {
    const sender = join()
    const workers = [join('a', { group: 'g' }), join('a', { group: 'g' })]
    sender.say(says.shape(0, 'zero'), shaped('a', '1'))
    const told = workers.filter((worker) => withoutTopics(worker).length > 0)
    expect(told.map((worker) => withoutTopics(worker))).toEqual([['SHAPE 1.0 zero', 'PICK', 'NAMED 1 1']])
    sender.say(says.shape(1, 'one'), shaped('a', '2'))
    const second = ['SHAPE 1.0 zero', 'SHAPE 1.1 one', 'PICK', 'NAMED 1 2']
    expect(workers.map((worker) => withoutTopics(worker))).toContainEqual(second)
  })

  test('plain subscribers beside it are told too', () => {
    const sender = join()
    const plain = join('a')
    const worker = join('a', { group: 'g' })
    sender.say(says.shape(0, 'zero'), shaped('a', '1'))
    expect(withoutTopics(plain)).toEqual(['SHAPE 1.0 zero', 'NAMED 1 1'])
    expect(withoutTopics(worker)).toEqual(['SHAPE 1.0 zero', 'PICK', 'NAMED 1 1'])
  })
})

describe('when a sender leaves', () => {
  test('those who were told its shapes hear of it, behind its last message, and nobody else', () => {
    const sender = join()
    const [told, bystander, other] = [join('a'), join('b'), join('a')]
    other.say(says.shape(0, 'others'))
    sender.say(says.shape(0, 'zero'), shaped('a', 'last'))
    sender.receiver?.onClose()
    expect(withoutTopics(told)).toEqual(['SHAPE 1.0 zero', 'NAMED 1 last', 'GONE 1'])
    expect(withoutTopics(other)).toEqual(['SHAPE 1.0 zero', 'NAMED 1 last', 'GONE 1'])
    expect(transcript(bystander)).toEqual([])
    other.receiver?.onClose()
    expect(transcript(told).filter((line) => line.startsWith('GONE'))).toEqual(['GONE 1'])
  })

  test('nobody hears of one that has described nothing', () => {
    const sender = join()
    const receiver = join('a')
    sender.say(says.publishNamed('a', '1'))
    sender.receiver?.onClose()
    expect(withoutTopics(receiver)).toEqual(['NAMED 1 1'])
  })

  test('nor of one whose shapes were described behind its last message', () => {
    const sender = join()
    const receiver = join('a')
    sender.say(says.publishNamed('a', '1'), says.shape(0, 'zero'))
    sender.receiver?.onClose()
    expect(withoutTopics(receiver)).toEqual(['NAMED 1 1'])
  })

  test('because it broke the rules, they hear of it too, behind what it said before', () => {
    const sender = join()
    const receiver = join('a')
    sender.say(
      Buffer.concat([says.shape(0, 'zero'), shaped('a', '1'), says.shape(7, 'out of order'), shaped('a', '2')]),
    )
    expect(withoutTopics(receiver)).toEqual(['SHAPE 1.0 zero', 'NAMED 1 1', 'GONE 1'])
    expect(broker.reported.map(({ code }) => code)).toEqual(['BAD_FRAME'])
    sender.receiver?.onClose()
    expect(withoutTopics(receiver)).toHaveLength(3)
  })

  test('its successor is another', () => {
    const first = join()
    const receiver = join('a')
    first.say(says.shape(0, 'old'), shaped('a', '1'))
    first.receiver?.onClose()
    join().say(says.shape(0, 'new'), shaped('a', '2'))
    const heard = ['SHAPE 1.0 old', 'NAMED 1 1', 'GONE 1', 'SHAPE 3.0 new', 'NAMED 3 2']
    expect(withoutTopics(receiver)).toEqual(heard)
  })
})

describe('nothing is kept', () => {
  test('of a receiver that has left, though the sender stays', async () => {
    const sender = join()
    sender.say(says.shape(0, 'zero'))
    expect(await isCollected(new WeakRef(joinAndGo(sender)))).toBe(true)
    expect(broker.core.stats().members).toBe(1)
  })

  test('of a sender that has left, though the receiver stays', async () => {
    const receiver = join('a')
    expect(await isCollected(new WeakRef(speakAndGo()))).toBe(true)
    expect(withoutTopics(receiver)).toEqual(['SHAPE 2.0 zero', 'NAMED 2 1', 'GONE 2'])
  })

  test('of the chunk that a shape came in', () => {
    const sender = join()
    const chunk = Buffer.concat([says.shape(0, 'zero'), shaped('b', 'unheard')])
    sender.receiver?.onChunk(chunk)
    chunk.fill(0xff)
    const late = join('a')
    sender.say(shaped('a', '1'))
    expect(withoutTopics(late)).toEqual(['SHAPE 1.0 zero', 'NAMED 1 1'])
  })
})

test('what the broker itself says introduces nobody', () => {
  const watcher = join('$sys.member.*')
  watcher.say(says.shape(0, 'zero'))
  join()
  expect(transcript(watcher).map((line) => line.split(' ', 2).join(' '))).toEqual(['NAMED 0'])
})

test('a shape is no message: it is counted neither as delivered nor as dropped', () => {
  broker = new TestBroker({ limits: { queuedBytes: 1_000 } })
  const slow = join('a')
  const sender = join()
  slow.takes = false
  sender.say(says.publishNamed('a', 'taken'))
  for (let number = 0; broker.reported.length === 0; number += 1) {
    sender.say(says.shape(number, 'x'.repeat(100)), shaped('a', 'x'.repeat(100)))
  }
  const { delivered, dropped } = broker.core.stats()
  expect(broker.reported.map(({ code }) => code)).toEqual(['QUEUE_FULL'])
  expect(transcript(slow).filter((line) => /^(NAMED|PUBLISH)/.test(line))).toHaveLength(delivered - dropped)
})

test('as many shapes as a member may describe are told in order', () => {
  const sender = join()
  const longest = 'x'.repeat(layout.descriptionBytesMax)
  for (let number = 0; number < layout.shapesMax; number += 1) sender.say(says.shape(number, longest))
  const receiver = join('a')
  sender.say(shaped('a', '1'))
  const numbers = receiver.ofKind(FrameKind.SHAPE).map((frame) => layout.readU32(frame, layout.shapeNumberAt))
  expect(numbers).toEqual(Array.from({ length: layout.shapesMax }, (_, number) => number))
  expect(broker.reported).toEqual([])
})

describe('whatever members do', () => {
  const who = fc.nat({ max: 4 })
  const topics = ['a', 'b'] as const
  const step = fc.oneof(
    { weight: 3, arbitrary: fc.record({ does: fc.constant('describe' as const), who }) },
    {
      weight: 8,
      arbitrary: fc.record({
        does: fc.constant('publish' as const),
        who,
        topic: fc.constantFrom(...topics),
        noEcho: fc.boolean(),
      }),
    },
    {
      weight: 2,
      arbitrary: fc.record({
        does: fc.constant('subscribe' as const),
        who,
        topic: fc.constantFrom('*', ...topics),
        group: fc.constantFrom(undefined, 'g'),
      }),
    },
    { weight: 1, arbitrary: fc.record({ does: fc.constantFrom('rejoin' as const), who }) },
    { weight: 2, arbitrary: fc.record({ does: fc.constantFrom('hand over' as const), who }) },
  )

  test('each receiver knows what each message refers to, and forgets no sender too early', () => {
    fc.assert(
      fc.property(fc.array(step, { maxLength: 80, size: 'max' }), (steps) => {
        broker = new TestBroker()
        const all: Actor[] = []
        const present = Array.from({ length: 5 }, () => newActor(all))
        for (const { who: index, ...doing } of steps) {
          const actor = present[index]
          if (actor === undefined) continue
          if (doing.does === 'describe' && actor.shapes < layout.shapesMax) {
            actor.chunk.push(says.shape(actor.shapes, `shape ${actor.shapes}`))
            actor.shapes += 1
          } else if (doing.does === 'publish') {
            const flags = (doing.noEcho ? flagNoEcho : 0) | (actor.shapes > 0 ? flagShaped : 0)
            actor.chunk.push(says.publishNamed(doing.topic, `${actor.shapes}`, flags))
          } else if (doing.does === 'subscribe') {
            const { group } = doing
            actor.subscriptions += 1
            actor.chunk.push(says.subscribe(actor.subscriptions, doing.topic, group === undefined ? {} : { group }))
          } else {
            handOver(actor)
            if (doing.does === 'hand over') continue
            actor.link.receiver?.onClose()
            present[index] = newActor(all)
          }
        }
        for (const actor of present) handOver(actor)
        const here = new Set(present.map((actor) => String(all.indexOf(actor) + 1)))
        for (const actor of all) {
          const { known, gone } = readTranscript(transcript(actor.link))
          if (present.includes(actor)) expect(known.filter((sender) => !here.has(sender))).toEqual(gone)
        }
        expect(broker.reported).toEqual([])
      }),
      { numRuns: 300 },
    )
  })

  interface Actor {
    readonly link: FakeLink
    /** What it says next, in one chunk. */
    chunk: Buffer[]
    shapes: number
    subscriptions: number
  }

  function newActor(all: Actor[]): Actor {
    const actor: Actor = { link: join(), chunk: [], shapes: 0, subscriptions: 0 }
    all.push(actor)
    return actor
  }

  function handOver(actor: Actor): void {
    const chunk = Buffer.concat(actor.chunk)
    actor.chunk = []
    if (chunk.length > 0) actor.link.say(chunk)
  }

  /** Each message says how many shapes its sender had described by then. Returns whose shapes were told, and who has gone. */
  function readTranscript(lines: readonly string[]): { known: string[]; gone: string[] } {
    const known = new Map<string, number>()
    const gone = new Set<string>()
    for (const [index, line] of lines.entries()) {
      const [kind = '', from = '', rest = ''] = line.split(' ')
      if (lines[index - 1] === 'PICK') expect(kind).toMatch(/^(NAMED|PUBLISH)$/)
      if (kind === 'SHAPE') {
        const [sender = '', number] = from.split('.')
        expect(Number(number)).toBe(known.get(sender) ?? 0)
        expect(gone).not.toContain(sender)
        known.set(sender, Number(number) + 1)
      } else if (kind === 'NAMED' || kind === 'PUBLISH') {
        expect(gone).not.toContain(from)
        expect(known.get(from) ?? 0).toBe(Number(rest))
      } else if (kind === 'GONE') {
        expect(known.has(from)).toBe(true)
        expect(gone).not.toContain(from)
        gone.add(from)
      }
    }
    return { known: [...known.keys()].toSorted(), gone: [...gone].toSorted() }
  }
})

/** Is told the shapes of the sender, and goes. */
function joinAndGo(sender: FakeLink): FakeLink {
  const link = join('a')
  sender.say(shaped('a', '1'))
  expect(withoutTopics(link)).toEqual(['SHAPE 1.0 zero', 'NAMED 1 1'])
  link.receiver?.onClose()
  return link
}

function speakAndGo(): FakeLink {
  const link = join()
  link.say(says.shape(0, 'zero'), shaped('a', '1'))
  link.receiver?.onClose()
  return link
}

async function isCollected(reference: WeakRef<object>): Promise<boolean> {
  await collectGarbage()
  return reference.deref() === undefined
}
