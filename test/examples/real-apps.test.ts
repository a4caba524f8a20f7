import { expect, test } from 'vitest'
import { runExample } from './support/run-script.ts'

test('haraka bans with all its workers whom alone each of them would have to find out', async () => {
  expect(await runExample('haraka')).toEqual([
    'each worker alone: 9 of 15 tries, until all 3 workers have banned the address',
    'with the bus:      3 of 15 tries, and all have banned it',
  ])
})

test('peer-server connects peers of different processes, which alone cannot reach each other', async () => {
  expect(await runExample('peer-server')).toEqual([
    expect.stringMatching(/^each process alone: [1-9]\d? of 30 calls are answered$/),
    'with the bus:       30 of 30 calls are answered',
  ])
})

test('eslint finds with two threads what it finds with one', async () => {
  const found = [
    '2 routes are declared twice',
    '  src/users.js:1  get /users is declared in src/admin.js:1 already',
    '  src/users.js:3  delete /users is declared in src/admin.js:3 already',
  ]
  expect(await runExample('eslint')).toEqual([
    `one thread: ${found[0]}`,
    ...found.slice(1),
    'two threads, each alone: 0 routes are declared twice',
    `two threads with the bus: ${found[0]}`,
    ...found.slice(1),
  ])
})
