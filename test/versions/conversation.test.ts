import { FrameKind } from '@clusterbus/protocol'
import { expect, test } from 'vitest'
import { kindsOf } from './conversation/meaning.ts'
import { bytesOf, replayToBroker, replayToBuses } from './conversation/replay.ts'
import { steps } from './conversation/steps.ts'
import { partyNames, readTape } from './conversation/tape.ts'

const tape = readTape(1)

/** The kinds of frames of version 1. */
const firstKinds = [
  1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20, 21, 22, 23, 24, 25, 26, 27, 28, 32, 33, 34, 35,
  36, 37, 38, 40, 41, 42, 43, 44,
]

test('the conversation of version 1 has a frame of each kind', () => {
  const all = tape.steps.flatMap(({ lines }) =>
    partyNames.flatMap((who) => [...kindsOf(bytesOf(lines, who, 'said')), ...kindsOf(bytesOf(lines, who, 'told'))]),
  )
  expect([...new Set(all)].sort((a, b) => a - b)).toEqual(firstKinds)
  const known: readonly number[] = Object.values(FrameKind)
  expect(firstKinds.filter((kind) => !known.includes(kind))).toEqual([])
  expect(tape.steps.map(({ name }) => name)).toEqual(['joining', ...steps.map(({ name }) => name)])
})

test('a broker tells members of version 1 what they were told then', () => {
  for (const { taped, now } of replayToBroker(tape)) expect(now).toEqual(taped)
})

test('a bus that is told what one of version 1 was told tells its app the same, and says what version 1 knows', async () => {
  const { notes, kinds } = await replayToBuses(tape)
  for (const { taped, now } of notes) expect(now).toEqual(taped)
  expect([...kinds].filter((kind) => !firstKinds.includes(kind))).toEqual([])
})
