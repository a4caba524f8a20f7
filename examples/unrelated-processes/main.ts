/**
 * Two programs that know nothing of each other but a path: one hosts a broker there, the other connects. The first is killed
 * and started again, and the second goes on.
 */

import { createBus } from '@clusterbus/client'
import assert from 'node:assert/strict'
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

interface Events {
  'shop.sold': { item: string }
}

const folder = mkdtempSync(join(tmpdir(), 'shop-'))
const path = join(folder, 'bus.sock')
const file = fileURLToPath(new URL('shop.ts', import.meta.url))
let shop = openShop()

try {
  // The shop has only just been started, and will be again.
  await using office = createBus<Events>({ path, name: 'office', connectTimeout: 30_000 })
  const sold: string[] = []
  await office.subscribe('shop.sold', ({ item }) => sold.push(item)).ready
  console.log(`the office has found the shop at a socket of mode ${(statSync(path).mode & 0o777).toString(8)}`)
  await office.request('shop.sell', 'tea')
  const members = await office.members()
  console.log(`members: ${members.map(({ name, kind }) => `${name} (${kind})`).join(', ')}`)

  const rejoined = new Promise<{ gap: boolean }>((resolve) => office.on('connect', (_, how) => resolve(how)))
  shop.kill('SIGKILL')
  await once(shop, 'exit')
  console.log('the shop was killed')
  shop = openShop()
  const { gap } = await rejoined
  console.log(`it is back, and the office too; it may have missed something: ${gap ? 'yes' : 'no'}`)
  // Its responder comes up a moment after its broker.
  while (!(await office.request('shop.sell', 'milk').catch(() => false)));
  await office.flush()
  console.log(`sold: ${sold.join(' and ')}`)

  assert.deepEqual(sold, ['tea', 'milk'])
  assert.equal(gap, true)
  assert.deepEqual(members.map(({ kind }) => kind).toSorted(), ['primary', 'socket'])
} finally {
  shop.kill()
  rmSync(folder, { recursive: true, force: true })
}

function openShop(): ChildProcess {
  return spawn(process.execPath, [...process.execArgv, file, path], { stdio: 'inherit' })
}
