import { ChunkWriter, FrameKind, write } from '@clusterbus/protocol'
import { expect, test } from 'vitest'
import { newestOfTopics } from '../../src/core/overflow/newest-of-topics.ts'
import { WaitingNames } from '../../src/core/overflow/waiting-names.ts'
import * as says from '../support/says.ts'

const numbered = says.publishNumbered(1, 'x')

test('a number means what its member was told before', () => {
  expect(counts([numbered, numbered], 'a')).toEqual([['a', 2]])
})

test('a number that is told anew between messages means two things, of which the first is not known any more', () => {
  expect(counts([numbered, told('b'), numbered, numbered], 'b')).toEqual([
    ['', 1],
    ['b', 2],
  ])
})

test('a number that is told twice more has its own meaning behind each', () => {
  expect(counts([told('a'), numbered, told('b'), numbered], 'b')).toEqual([
    ['a', 1],
    ['b', 1],
  ])
})

test('a message whose topic is not known stands for no other', () => {
  const segments = [numbered, numbered, told('b'), numbered, numbered]
  expect(newestOfTopics(segments, new WaitingNames(() => 'b', segments))).toEqual([true, true, false, true])
})

/** What is counted when `now` is what the broker has the number for. */
function counts(segments: readonly Buffer[], now: string): [string, number][] {
  return [...new WaitingNames(() => now, segments).countMessages(segments)]
}

function told(name: string): Buffer {
  const writer = new ChunkWriter()
  write.writeNumberAndText(writer, FrameKind.TOPIC, 1, name)
  return Buffer.concat(writer.take())
}
