import { BrokerCore } from '@clusterbus/broker/core'
import { msgpackCodec } from '@clusterbus/codec-msgpack'
import { resolveLimits } from '@clusterbus/protocol'
import { FakeLink, ManualClock } from '@clusterbus/testkit'
import { kindsOf, meaningsOf } from './meaning.ts'
import { Party } from './party.ts'
import { conversationLimits, type Step, steps } from './steps.ts'
import { type PartyName, partyNames, type Tape, type TapedStep } from './tape.ts'

type OfEach<Value> = Record<PartyName, Value>

/** What stands in a tape of each member, and what takes its place now. */
interface Replayed {
  readonly taped: OfEach<readonly string[]>
  readonly now: OfEach<readonly string[]>
}

/** The members join; the other steps stand in `steps`. */
const joining: Step = { name: 'joining' }

/**
 * Says to a broker of today what the members have said, byte by byte. Returns what each was told in each step, in words,
 * in the tape and now.
 */
export function replayToBroker(tape: Tape): Replayed[] {
  const clock = new ManualClock()
  const limits = resolveLimits(conversationLimits)
  const core = new BrokerCore({ stallMs: 1_000, limits, clock, report: fail })
  const links = ofEach(() => new FakeLink())
  for (const who of partyNames) core.accept(links[who], { name: who, pid: 1, kind: 'cluster' })
  const takes = (who: PartyName, takesNow: boolean): void => {
    links[who].takes = takesNow
    if (takesNow) links[who].receiver?.onDrain()
  }
  return eachStep(tape, (step, { lines }) => {
    step.world?.({ clock, takes, close: () => void core.close() })
    for (const [who, way, bytes] of lines) {
      if (way !== 'said') continue
      if (bytes === 'end') links[who].receiver?.onClose()
      else links[who].say(Buffer.from(bytes, 'base64'))
    }
    const taped = ofEach((who) => meaningsOf(bytesOf(lines, who, 'told')))
    const now = ofEach((who) => meaningsOf(Buffer.concat(links[who].frames.splice(0))))
    return { taped, now }
  })
}

/**
 * Tells buses of today what they were told, byte by byte, while their apps do what they did. Returns what each has told
 * its app, in the tape and now, and the kinds of frames that it has said.
 */
export async function replayToBuses(tape: Tape): Promise<{
  readonly notes: Replayed[]
  readonly kinds: Set<number>
}> {
  const clock = new ManualClock()
  const parties = {
    a: new Party({ clock, codec: msgpackCodec() }),
    b: new Party({ clock, codec: msgpackCodec() }),
    c: new Party({ clock, terms: { overflow: 'drop-oldest', memberMessages: 3 } }),
  }
  const kinds = new Set<number>()
  const notes: Replayed[] = []
  for (const [index, { lines, notes: taped }] of tape.steps.entries()) {
    const step = index === 0 ? joining : stepAt(index)
    step.world?.({ clock, takes: () => undefined, close: () => undefined })
    for (const who of partyNames) step[who]?.(parties[who])
    await quiet()
    for (const [who, way, bytes] of lines) {
      if (way === 'said' && bytes !== 'end') continue
      if (bytes === 'end') parties[who].link.receiver?.onClose()
      else parties[who].link.say(Buffer.from(bytes, 'base64'))
      await quiet()
    }
    for (const who of partyNames) {
      for (const kind of kindsOf(Buffer.concat(parties[who].link.frames.splice(0)))) kinds.add(kind)
    }
    notes.push({ taped, now: ofEach((who) => parties[who].notes.splice(0)) })
  }
  return { notes, kinds }
}

/** All that members of that version have said or were told. */
export function bytesOf(lines: TapedStep['lines'], who: PartyName, way: 'said' | 'told'): Buffer {
  const own = lines.filter((line) => line[0] === who && line[1] === way && line[2] !== 'end')
  return Buffer.concat(own.map(([, , bytes]) => Buffer.from(bytes, 'base64')))
}

function eachStep<Result>(tape: Tape, run: (step: Step, taped: TapedStep) => Result): Result[] {
  return tape.steps.map((taped, index) => run(index === 0 ? joining : stepAt(index), taped))
}

function stepAt(index: number): Step {
  const step = steps[index - 1]
  if (step === undefined) throw new Error(`there is no step ${index}`)
  return step
}

function ofEach<Value>(make: (who: PartyName) => Value): OfEach<Value> {
  return { a: make('a'), b: make('b'), c: make('c') }
}

/** Until all is done that a bus has put off to a later turn. */
async function quiet(): Promise<void> {
  for (let turn = 0; turn < 6; turn += 1) await new Promise<void>((resolve) => setImmediate(resolve))
}

function fail(error: Error): void {
  throw error
}
