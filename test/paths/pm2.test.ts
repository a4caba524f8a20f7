import { type Bus, createBus } from '@clusterbus/client'
import { afterAll, afterEach, expect, test } from 'vitest'
import type { DoesAsTold } from '../cluster/fixtures/does-as-told.ts'
import { endWorkers, fixturePath, forkWorker } from '../cluster/support/workers.ts'
import { hostOf } from './support/host-of.ts'
import { OwnFolder } from './support/own-folder.ts'
import { Pm2 } from './support/pm2.ts'

const folder = new OwnFolder()
afterEach(endWorkers)
afterAll(() => folder.remove())

const patience = { timeout: 45_000, interval: 50 }

test('under PM2 the workers of an app elect a host, when they start, are reloaded, scaled and killed', async () => {
  const path = folder.socket()
  await using pm2 = new Pm2({ BUS_PATH: path })
  await pm2.command('start', fixturePath('elects-under-pm2'), '--name', 'app', '-i', '4')
  // PM2 is content before an app has begun to run.
  await using bus = createBus({ path, connectTimeout: 45_000 })
  await bus.ready()
  const started = await workersOf(bus, 4)

  const killed = hostOf(path)
  expect(started).toContain(killed)
  process.kill(killed, 'SIGKILL')
  // PM2 starts another in its place.
  await expect.poll(() => workersOf(bus), patience).not.toContain(killed)
  const restarted = await workersOf(bus, 4)
  expect(restarted).toContain(hostOf(path))

  await pm2.command('reload', 'app')
  await expect.poll(async () => (await workersOf(bus)).filter((pid) => restarted.includes(pid)), patience).toEqual([])
  expect(await workersOf(bus, 4)).toContain(hostOf(path))

  await pm2.command('scale', 'app', '2')
  expect(await workersOf(bus, 2)).toContain(hostOf(path))
}, 180_000)

test('a worker under PM2 that looks for a broker in its primary is told what to do', async () => {
  const worker = forkWorker<DoesAsTold>('does-as-told', { env: { pm_id: '0' } })
  await worker.call('open', { connectTimeout: 50 })
  await expect(worker.call('ready')).rejects.toMatchObject({
    code: 'BROKER_UNREACHABLE',
    message: expect.stringContaining(
      "under PM2 no code of yours runs in the primary: use createBus({ path, host: 'elect' })",
    ),
  })
})

/** The processes of the app that are members. With a count, when there are so many, and all of them handle a message. */
async function workersOf(bus: Bus, count?: number): Promise<number[]> {
  if (count === undefined) {
    const members = await bus.members()
    return members.map(({ pid }) => pid).filter((pid) => pid !== process.pid)
  }
  await expect
    .poll(async () => {
      const confirmed = await bus.publish('news', 1, { confirm: 'handled' }).catch(() => ({ delivered: -1 }))
      return confirmed.delivered
    }, patience)
    .toBe(count)
  return workersOf(bus)
}
