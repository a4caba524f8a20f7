import { afterAll, afterEach, expect, test } from 'vitest'
import { type CacheWorker, cacheWorker, lastSeenMs } from '../cluster/support/cache-workers.ts'
import { endWorkers } from '../cluster/support/workers.ts'
import { NewTruth } from '../support/truth.ts'
import { hostOf } from './support/host-of.ts'
import { OwnFolder } from './support/own-folder.ts'

const folder = new OwnFolder()
const key = 'item:0'
const endKey = 'end:1'

afterEach(endWorkers)
afterAll(() => folder.remove())

test.each<[string, (host: CacheWorker) => Promise<unknown>]>([
  ['was killed', (host) => host.kill()],
  ['has handed over', (host) => host.call('drain')],
])('a worker that does not notice that its host %s serves nothing that is void at the next', async (_, end) => {
  const path = folder.socket()
  using truth = new NewTruth()
  const options = { truth: truth.path, bus: { path, host: 'elect' } } as const
  const host = await cacheWorker(options)
  const [reader, writer] = await Promise.all([cacheWorker(options), cacheWorker(options)])
  expect(hostOf(path)).toBe(host.pid)
  truth.write(key, 1)
  for (const worker of [reader, writer]) await worker.call('hold', key)
  await reader.call('watchUntil', key, endKey, 'blocking')
  await end(host)

  truth.write(key, 2)
  // Who hosts now has never heard of the reader: all that there is of it is what the host has left.
  const { resolvedMs } = await writer.call('invalidate', key)
  expect(hostOf(path)).toBe(writer.pid)
  truth.write(endKey, 1)
  const seen = await reader.call('watched')
  if (seen === undefined) throw new Error('it has watched nothing')
  expect(seen.sightings).toMatchObject([{ version: 1 }])
  expect(lastSeenMs(seen, 1)).toBeLessThan(resolvedMs)
  expect(await reader.call('hold', key)).toBe(2)
})
