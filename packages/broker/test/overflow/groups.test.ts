import { ChunkWriter, write } from '@clusterbus/protocol'
import { expect, test } from 'vitest'
import { Gaps, GapBudget } from '../../src/core/overflow/gaps.ts'
import { Sweep } from '../../src/core/overflow/sweep.ts'
import { WaitingNames } from '../../src/core/overflow/waiting-names.ts'
import * as says from '../support/says.ts'
import { SlowMember, words } from './slow-member.ts'

const subscribes = [
  says.subscribe(1, 'a'),
  says.subscribe(2, 'a', { group: 'g' }),
  says.subscribe(3, 'b', { group: 'g' }),
  says.subscribe(4, 'b', { group: 'h' }),
]

test('a pick goes with its message, and says whom the gap is for', () => {
  const t = new SlowMember({ overflow: 'drop-newest' }, { memberMessages: 1 }, subscribes)
  t.slow.takes = false
  t.publish('a', '1')
  t.publish('a', '2', '3', '4')
  t.publish('b', '5', '6')
  expect(t.drain().filter((line) => line !== 'topic')).toEqual([
    'pick 2+plain',
    'a:1',
    'pick 2+plain',
    'a:2',
    'pick 2+plain',
    'gap a 2',
    'pick 3,4',
    'gap b 2',
  ])
})

test('a link is given no pick without its message', () => {
  const t = new SlowMember({ overflow: 'drop-oldest' }, {}, subscribes)
  t.slow.takes = true
  t.publish('a', '1', '2')
  t.slow.takes = false
  t.publish('a', '3')
  // Four of these with their picks are so long that one pick more makes a portion.
  t.publish('a', ...Array.from({ length: 6 }, () => 'x'.repeat(65_499)))
  t.slow.frames.length = 0
  t.slow.receiver?.onDrain()
  expect(t.slow.frames.map((frame) => frame[4])).not.toEqual([])
  expect(words(t.slow.frames).at(-1)).toMatch(/^a:/)
})

test('a pick that a segment parts from its message is not parted from it by a drop', () => {
  const frames = [
    pick(2),
    says.publishNamed('a', '1'),
    pick(2),
    says.publishNamed('a', '2'),
    says.publishNamed('a', '3'),
  ]
  for (let drops = 0; drops < 8; drops++) {
    const lines = swept(frames, (index) => (drops & (1 << index)) === 0)
    expect(lines).toEqual(swept([Buffer.concat(frames)], (index) => (drops & (1 << index)) === 0))
    expect(lines.filter((line) => line.startsWith('a:'))).toEqual(
      ['a:1', 'a:2', 'a:3'].filter((_, index) => (drops & (1 << index)) === 0),
    )
  }
})

test('what asks to confirm a message goes with it', () => {
  const frames = [track(), pick(2), says.publishNamed('a', '1'), pick(2), track(), says.publishNamed('a', '2')]
  expect(swept(frames, () => false)).toEqual(['pick 2', 'gap a 2'])
  expect(swept(frames, () => true)).toEqual(['track', 'pick 2', 'a:1', 'pick 2', 'track', 'a:2'])
})

/** What is left of frames, each a segment of its own, and what gaps are told at the end. */
function swept(frames: readonly Buffer[], keeps: (index: number) => boolean): string[] {
  const writer = new ChunkWriter()
  const pending = new Gaps()
  let index = 0
  new Sweep({
    writer,
    names: new WaitingNames(() => undefined, frames),
    skipBytes: 0,
    pending,
    pendingAtBytes: 0,
    budget: new GapBudget(10_000),
    keeps: () => keeps(index++),
  }).run(frames)
  pending.writeTo(writer)
  return words(cut(Buffer.concat(writer.take())))
}

function cut(bytes: Buffer): Buffer[] {
  const frames: Buffer[] = []
  for (let at = 0; at < bytes.length; at += bytes.readUInt32LE(at)) {
    frames.push(bytes.subarray(at, at + bytes.readUInt32LE(at)))
  }
  return frames
}

function pick(id: number): Buffer {
  const writer = new ChunkWriter()
  write.writePick(writer, [id], false)
  return Buffer.concat(writer.take())
}

function track(): Buffer {
  return Buffer.concat([says.number(24, 7), Buffer.alloc(4)]).fill(16, 0, 1)
}
