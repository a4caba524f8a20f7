import { createBroker } from '@clusterbus/broker'
import cluster from 'node:cluster'
import { afterEach, describe, expect, test } from 'vitest'
import { endWorkers, TestWorker } from '../cluster/support/workers.ts'
import { numbersTo } from '../cluster/support/members.ts'
import { programArgv, programPath } from '../support/program.ts'
import { NewTruth } from '../support/truth.ts'
import type { ServesItems } from './fixtures/serves-express.ts'
import { load } from './support/load.ts'

const keys = numbersTo(6).map((number) => `item:${number}`)

afterEach(endWorkers)

function server(framework: string, truth: NewTruth): TestWorker<ServesItems> {
  const exec = programPath(`http/fixtures/serves-${framework}`)
  cluster.setupPrimary({ exec, execArgv: [...programArgv], args: [truth.path], serialization: 'json', silent: true })
  return new TestWorker<ServesItems>(cluster.fork())
}

describe.each(['express', 'fastify'])('with %s', (framework) => {
  test.each(['socket', 'ipc'] as const)('no GET is older than an answered PUT, over %s', async (transport) => {
    await using broker = createBroker({ transport })
    using truth = new NewTruth()
    const servers = numbersTo(3).map(() => server(framework, truth))
    const ports = await Promise.all(servers.map((worker) => worker.call('listen')))
    expect(new Set(ports).size).toBe(1)

    const { gets, puts, stale } = await load({ port: ports[0] ?? 0, keys, writes: 60, readers: 9 })
    const stats = await Promise.all(servers.map((worker) => worker.call('stats')))
    expect(stale).toEqual([])
    expect(puts).toBe(360)
    expect(stats.filter(({ hits, loads }) => hits > 0 && loads > 0).length).toBeGreaterThan(1)
    expect(stats.filter(({ invalidationsReceived }) => invalidationsReceived > 0).length).toBeGreaterThan(1)
    expect(stats.reduce((sum, { hits, misses }) => sum + hits + misses, 0)).toBe(gets)
    expect(broker.stats()).toMatchObject({ members: 3, violated: 0 })
  })
})
