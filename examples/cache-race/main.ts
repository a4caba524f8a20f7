/**
 * An invalidation meets a load that is under way: who returns what afterwards? The same race for several caches, each used
 * as its README shows. A load that began before the invalidation has read the old value, and is slow.
 */

import assert from 'node:assert/strict'
import { caches } from './caches.ts'
import { Database } from './database.ts'

const names = Object.keys(caches)
const width = Math.max(...names.map((name) => name.length))
console.log(`${''.padEnd(width)}  came before     came after      came last`)

for (const [name, open] of Object.entries(caches)) {
  const row = await race(open)
  console.log(`${name.padEnd(width)}  ${row.map((cell) => cell.padEnd(14)).join('  ')}`.trimEnd())
  if (name.startsWith('clusterbus')) assert.deepEqual(row, ['old', 'fresh', 'fresh'])
}

async function race(open: (typeof caches)[string]): Promise<string[]> {
  const database = new Database('old')
  await using cache = await open(() => database.load())

  const before = told(cache.read())
  await database.isLoading(1)
  database.value = 'new'
  await cache.invalidate()

  // From here on, nobody may get the old value.
  const after = told(cache.read())
  await database.isLoading(2)
  database.answerAll()
  return [await before, stale(await after), stale(await told(cache.read()))]
}

async function told(reading: Promise<string | undefined>): Promise<string> {
  try {
    return (await reading) ?? 'nothing'
  } catch (error) {
    return `error: ${error instanceof Error ? error.message : String(error)}`
  }
}

function stale(value: string): string {
  return value === 'old' ? 'STALE' : value === 'new' ? 'fresh' : value
}
