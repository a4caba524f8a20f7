// Buses load it when they need one, and from sources that takes too long on a busy machine.
import '@clusterbus/broker/local'
import { createBus } from '@clusterbus/client'
import { afterAll, afterEach, expect, test } from 'vitest'
import type { DoesAsTold } from '../cluster/fixtures/does-as-told.ts'
import { joinWorker } from '../cluster/support/members.ts'
import { endThreads, TestThread } from '../cluster/threads/support/test-thread.ts'
import { endWorkers, forkWorker } from '../cluster/support/workers.ts'
import { hostOf } from './support/host-of.ts'
import { OwnFolder } from './support/own-folder.ts'

const folder = new OwnFolder()
/** Long enough that a host on a busy machine is not taken for one that is stopped. */
const patient = { heartbeatInterval: 100, silenceTimeout: 1_500 }
afterEach(endWorkers)
afterEach(endThreads)
afterAll(() => folder.remove())

test('the buses of a process that was stopped leave its broker for the one that has taken the path', async () => {
  const path = folder.socket()
  const stopped = forkWorker<DoesAsTold>('does-as-told')
  await stopped.call('listen', path, patient)
  await stopped.call('open', { path })
  await stopped.call('ready')
  expect((await stopped.call('member'))?.kind).toBe('primary')
  await stopped.call('subscribe', 'news')
  const other = await joinWorker({ path, host: 'elect' })

  process.kill(stopped.pid, 'SIGSTOP')
  await other.call('event', 'connect', 2)
  expect(hostOf(path)).toBe(other.pid)
  process.kill(stopped.pid, 'SIGCONT')
  expect(await stopped.call('event', 'connect', 2)).toEqual(['connect', 'gap', ''])
  expect((await stopped.call('member'))?.kind).toBe('socket')
  // The other may not have read yet what it subscribes to again.
  await stopped.call('flush')
  await other.call('publish', 'news', 1)
  expect(await stopped.call('received', 'news', 1)).toMatchObject([{ data: 1 }])
})

test('a bus that is blocked itself while it connects takes no path from a host that answers', async () => {
  const path = folder.socket()
  const host = await joinWorker({ broker: 'local' })
  await host.call('listen', path, patient)
  const busy = forkWorker<DoesAsTold>('does-as-told')
  await busy.call('openAndBlock', { path, host: 'elect', connectTimeout: 45_000 }, 2 * patient.silenceTimeout)
  await busy.call('ready')
  expect(hostOf(path)).toBe(host.pid)
})

test('a thread that hosts and is terminated is followed by its own process', async () => {
  const path = folder.socket()
  const host = new TestThread('does-as-told')
  await host.call('open', { path, host: 'elect' })
  await host.call('ready')
  await using bus = createBus({ path, host: 'elect' })
  await bus.ready()
  const heard: unknown[] = []
  await bus.subscribe('news', (data) => heard.push(data)).ready
  expect(await host.call('members')).toHaveLength(2)
  const again = new Promise<unknown>((resolve) => bus.on('connect', (_, { gap }) => resolve(gap)))
  await host.terminate()
  expect(await again).toBe(true)
  await bus.publish('news', 1, { confirm: 'handled' })
  expect(heard).toEqual([1])
  expect(await bus.members()).toHaveLength(1)
})
