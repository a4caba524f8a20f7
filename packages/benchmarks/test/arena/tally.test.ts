import { beforeEach, expect, test } from 'vitest'
import { type Expected, Tally } from '../../src/arena/tally.ts'
import { nowNs } from '../../src/arena/usage.ts'
import { sampleMaker } from '../../src/workload.ts'

const quietMs = 20
const round: Expected = { round: 7, publishers: 1, timed: false, overlapping: false }
let tally: Tally

beforeEach(() => {
  tally = new Tally(quietMs)
})

function take(...numbers: number[]): void {
  for (const n of numbers) tally.take(sampleMaker(100, 0)(n, 1))
}

function end(ofRound: number, publisher = 0): void {
  tally.end(sampleMaker(100, publisher)(ofRound, 1))
}

test('what comes in order until the end is counted', async () => {
  tally.begin(round)
  take(0, 1, 2)
  end(7)
  expect(await tally.report()).toMatchObject({ messages: 3, disordered: 0 })
})

test('what comes late or twice is out of order', async () => {
  tally.begin(round)
  take(0, 2, 1, 1)
  end(7)
  expect(await tally.report()).toMatchObject({ messages: 4, disordered: 2 })
})

test('where subscriptions overlap, one message may come several times', async () => {
  tally.begin({ ...round, overlapping: true })
  take(0, 0, 1, 0)
  end(7)
  expect(await tally.report()).toMatchObject({ messages: 4, disordered: 1 })
})

test('each publisher has an order of its own', async () => {
  tally.begin({ ...round, publishers: 2 })
  for (const [publisher, n] of [
    [0, 0],
    [1, 0],
    [0, 1],
    [1, 1],
  ] as const) {
    tally.take(sampleMaker(100, publisher)(n, 1))
  }
  end(7, 0)
  end(7, 1)
  expect(await tally.report()).toMatchObject({ messages: 4, disordered: 0 })
})

test('several publishers have ended when the last of them has, though nothing came in between', async () => {
  tally.begin({ ...round, publishers: 3 })
  const report = tally.report()
  end(7, 0)
  end(7, 1)
  take(0)
  end(7, 2)
  expect(await report).toMatchObject({ messages: 1 })
})

test('an end of an earlier round ends nothing', async () => {
  tally.begin(round)
  const report = tally.report()
  end(6)
  take(0)
  end(7)
  expect(await report).toMatchObject({ messages: 1 })
})

test('when the end is lost, the round is over when nothing comes any more', async () => {
  tally.begin(round)
  take(0, 1)
  expect(await tally.report()).toMatchObject({ messages: 2 })
})

test('a round begins at nothing', async () => {
  tally.begin(round)
  take(5)
  tally.begin({ ...round, round: 8 })
  take(0)
  end(8)
  expect(await tally.report()).toMatchObject({ messages: 1, disordered: 0 })
})

test('the time under way is measured where it is asked for', async () => {
  tally.begin({ ...round, timed: true })
  tally.take(sampleMaker(100, 0)(0, nowNs() - 5_000_000))
  end(7)
  const { latency } = await tally.report()
  expect(latency?.p50Ns).toBeGreaterThan(4_900_000)
  expect(latency?.p50Ns).toBeLessThan(1_000_000_000)
})

test('data that nobody published throws', () => {
  expect(() => tally.take({ some: 'thing' })).toThrow('this is not what was published')
})
