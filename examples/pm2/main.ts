/**
 * An app under PM2, whose primary is PM2's own: the workers elect one that hosts the broker. That one is killed, and then all
 * are reloaded. PM2 runs in a home of its own here, which goes with it.
 */

import { type Bus, createBus } from '@clusterbus/client'
import assert from 'node:assert/strict'
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { Pm2 } from '../support/pm2.ts'

const home = mkdtempSync(join(tmpdir(), 'pm2-'))
const path = join(home, 'bus.sock')
const workers = 3

try {
  await using pm2 = new Pm2(home, { BUS_PATH: path })
  await pm2.run('start', fileURLToPath(new URL('ecosystem.config.cjs', import.meta.url)))
  // PM2 is content before the app has begun to run.
  await using bus = createBus({ path, name: 'visitor', connectTimeout: 30_000 })
  const before = await tellAll(bus, 'red')
  console.log(
    `${before.length} workers have heard that the colour is red; one of them hosts: ${before.includes(host())}`,
  )

  const killed = host()
  process.kill(killed, 'SIGKILL')
  while ((await pidsOf(bus)).includes(killed)) await pause(20)
  const after = await tellAll(bus, 'green')
  console.log(`the host was killed; ${after.length} workers have heard green, and another hosts: ${host() !== killed}`)

  await pm2.run('reload', 'app')
  const reloaded = await tellAll(bus, 'blue')
  const old = reloaded.filter((pid) => after.includes(pid))
  console.log(`reloaded; ${reloaded.length} workers have heard blue, of which ${old.length} are old`)

  assert.ok(before.includes(killed))
  assert.ok(after.includes(host()) || reloaded.includes(host()))
  assert.deepEqual([before.length, after.length, reloaded.length, old.length], [workers, workers, workers, 0])
} finally {
  rmSync(home, { recursive: true, force: true })
}

/** Tells all workers of a colour, again until all are there to handle it. Returns their process ids. */
async function tellAll(bus: Bus, value: string): Promise<number[]> {
  for (;;) {
    const told = bus.publish('settings.changed', { key: 'colour', value }, { confirm: 'handled' })
    const { delivered } = await told.catch(() => ({ delivered: 0 }))
    const pids = await pidsOf(bus)
    if (delivered === workers && pids.length === workers) return pids
    await pause(20)
  }
}

/** The workers that are members; none while the bus has lost its broker. */
async function pidsOf(bus: Bus): Promise<number[]> {
  const members = await bus.members().catch(() => [])
  return members.map(({ pid }) => pid).filter((pid) => pid !== process.pid)
}

/** The process that hosts, as it has made itself known to others of its user. */
function host(): number {
  const [token = ''] = readdirSync(`${path}.broker`).filter((name) => name.endsWith('.token'))
  return Number(JSON.parse(readFileSync(join(`${path}.broker`, token), 'utf8')).pid)
}
