import { beforeEach, expect, test } from 'vitest'
import type { FinalReport } from '../load/report.ts'
import { Ledger, type Reference } from './ledger.ts'

const quiet: Omit<FinalReport, 'serial'> = {
  published: 0,
  jobs: 0,
  asked: 0,
  answered: 0,
  failed: {},
  handed: 0,
  inversions: 0,
  duplicates: 0,
  disconnects: 0,
  faults: [],
  worked: [],
  tallies: {},
  slow: {},
  dropped: 0,
  pendingRequests: 0,
  member: 0,
  received: 0,
  missed: 0,
}

/** Messages that the links of members were given, and what was dropped for them. */
let taken: Readonly<Record<number, number>>
let drops: Reference['drops']

beforeEach(() => {
  taken = {}
  drops = []
})

/** What does not balance when these have told what they got; requests may end with `RESPONDER_LOST`. */
function violations(...reports: (Partial<FinalReport> & { serial: number })[]): readonly string[] {
  const ledger = new Ledger()
  for (const report of reports) ledger.final({ ...quiet, ...report })
  ledger.close({ codes: ['RESPONDER_LOST'], takenBy: (member) => taken[member] ?? 0, drops })
  return ledger.violations
}

function seen(last: number, gaps = 0): FinalReport['tallies'] {
  const ofBlue = { first: 2, last: last - (last % 4) + 2, seen: 1, gaps: 0, missing: 0 }
  const ofRed = { first: 0, last, seen: 1, gaps: 0, missing: 0 }
  const ofAll = { first: 0, last, seen: 1, gaps, missing: gaps }
  return { 'load.>': { 2: ofAll }, 'load.red.*': { 2: ofRed }, 'load.blue': { 2: ofBlue } }
}

test('books that balance are silent', () => {
  const asked = { asked: 3, answered: 2, failed: { RESPONDER_LOST: 1 } }
  expect(violations({ serial: 1, tallies: seen(11), ...asked }, { serial: 2, published: 12 })).toEqual([])
})

test('a gap needs a link that was lost, at either end', () => {
  const publisher = { serial: 2, published: 12 }
  expect(violations({ serial: 1, tallies: seen(11, 1) }, publisher)).toEqual([
    expect.stringContaining('member 1: 1 gaps in load.> of 2, and 0 links lost'),
  ])
  expect(violations({ serial: 1, tallies: seen(11, 1), disconnects: 1 }, publisher)).toEqual([])
  expect(violations({ serial: 1, tallies: seen(11, 1) }, { ...publisher, disconnects: 1 })).toEqual([])
})

test('the end of what was published must have come, too', () => {
  const [found] = violations({ serial: 1, tallies: seen(11) }, { serial: 2, published: 14 })
  expect(found).toContain('1 gaps in load.> of 2')
})

test('a request that never ended, ended in a way that was not foreseen, or waits, is found', () => {
  expect(violations({ serial: 1, asked: 2, answered: 1 })).toEqual(['member 1 asked 2 times and was told 1 times'])
  expect(violations({ serial: 1, asked: 1, failed: { TIMEOUT: 1 } })).toEqual([
    'member 1: 1 requests failed with TIMEOUT',
  ])
  expect(violations({ serial: 1, pendingRequests: 1 })).toEqual(['member 1 has 1 requests left over'])
})

test('work that two have done is found', () => {
  expect(violations({ serial: 1, worked: ['job 2.7'] }, { serial: 3, worked: ['job 2.7'] })).toEqual([
    'job 2.7 was worked at by 1 and by 3',
  ])
})

test('what a slow subscription has not got must have been counted', () => {
  const slow = { 2: { first: 2, last: 10, seen: 2, gaps: 1, missing: 1 } }
  expect(violations({ serial: 1, slow, dropped: 1 })).toEqual([])
  expect(violations({ serial: 1, slow })).toEqual(['member 1 has not got 1 messages, and 0 were counted as dropped'])
})

test('what a link was given and its member has not got is found, unless the link was lost', () => {
  taken = { 5: 10 }
  expect(violations({ serial: 1, member: 5, received: 10 })).toEqual([])
  expect(violations({ serial: 1, member: 5, received: 9 })).toEqual([
    'member 1 has got 9 messages, and its link was given 10',
  ])
  expect(violations({ serial: 1, member: 5, received: 9, disconnects: 1 })).toEqual([])
})

test('what was dropped for a member must have been told, and what is missing must have been dropped', () => {
  const publisher = { serial: 2, published: 12 }
  const row = { member: 5, name: 'one', topic: 'load.red.two', reason: 'oldest', messages: 1 } as const
  drops = [row]
  expect(violations({ serial: 1, member: 5, missed: 1, tallies: seen(11, 1) }, publisher)).toEqual([])
  expect(violations({ serial: 1, member: 5, missed: 0, tallies: seen(11, 1) }, publisher)).toEqual([
    'member 1 was told of 0 messages dropped for it, of 1',
  ])
  expect(violations({ serial: 1, member: 5, missed: 1, tallies: seen(11, 2) }, publisher)).toEqual([
    'member 1: 2 of load.> are missing, and 1 were dropped',
  ])
})
