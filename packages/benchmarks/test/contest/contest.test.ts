import { expect, test } from 'vitest'
import { contest } from '../../src/contest/contest.ts'
import type { Entrant, Round } from '../../src/contest/entrant.ts'

/** An entrant that writes down what happens to it, and measures what it is told. */
function entrant(name: string, diary: string[], rounds: (Round | Error)[] = []): Entrant {
  let next = 0
  return {
    name,
    title: name,
    peer: 'clusterbus',
    async open() {
      diary.push(`open ${name}`)
      return {
        async round() {
          diary.push(name)
          const round = rounds[next++] ?? { values: {} }
          if (round instanceof Error) throw round
          return round
        },
        async close() {
          diary.push(`close ${name}`)
        },
      }
    },
  }
}

function options(rounds: number, signal = new AbortController().signal): Parameters<typeof contest>[1] {
  return { rounds, signal, setup: { servers: {}, windowMs: 1 }, progress: () => undefined }
}

test('all are opened, then measured in turn, each round beginning with another, then closed', async () => {
  const diary: string[] = []
  await contest([entrant('a', diary), entrant('b', diary)], options(2))
  expect(diary).toEqual(['open a', 'open b', 'a', 'b', 'b', 'a', 'a', 'b', 'close a', 'close b'])
})

test('the warm-up counts for nothing but what it lost', async () => {
  const rounds = [
    { values: { speed: 1_000 }, lost: 2, disordered: 3 },
    { values: { speed: 1 } },
    { values: { speed: 3 }, lost: 5 },
  ]
  const [result] = await contest([entrant('a', [], rounds)], options(2))
  expect(result).toMatchObject({ values: { speed: { median: 2, min: 1, max: 3 } }, lost: 7, disordered: 3 })
})

test('a figure that could not be measured is left out', async () => {
  const [result] = await contest([entrant('a', [], [{ values: {} }, { values: { cpu: undefined } }])], options(1))
  expect(result?.values).toEqual({})
})

test('when one fails, all are closed', async () => {
  const diary: string[] = []
  const entrants = [entrant('a', diary), entrant('b', diary, [new Error('b has ended')])]
  await expect(contest(entrants, options(1))).rejects.toThrow('b has ended')
  expect(diary.slice(-2)).toEqual(['close a', 'close b'])
})

test('when it is aborted, what is just being opened is closed too', async () => {
  const diary: string[] = []
  const aborted = new AbortController()
  const slow = entrant('slow', diary)
  const opening = contest([slow], options(1, aborted.signal))
  aborted.abort(new Error('enough'))
  await expect(opening).rejects.toThrow('enough')
  expect(diary).toEqual(['open slow', 'close slow'])
})
