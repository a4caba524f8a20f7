import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { Arena, type Servers } from '../../src/arena/arena.ts'
import { streamRound, type StreamPlan, subscribeAll, workersOf } from '../../src/arena/stream.ts'
import { type PeerName, peers } from '../../src/peers/catalogue.ts'
import { startServer } from '../../src/servers/servers.ts'

const started = await Promise.all([startServer('redis'), startServer('nats')])
const running = started.flatMap((server) => server ?? [])
const servers: Servers = Object.fromEntries(running.map((server) => [server.name, server]))
afterAll(() => Promise.all(running.map((server) => server.stop())))

const plan: StreamPlan = {
  publishers: 1,
  subscribers: [['user.login', 'user.logout'], ['user.login']],
  topics: ['user.login', 'user.logout'],
  bytes: 100,
}
const withoutRequests: readonly PeerName[] = ['socket-io', 'broadcast-channel']

describe.for(Object.keys(peers) as PeerName[])('%s', (peer) => {
  const { needs } = peers[peer]
  if (needs !== undefined && !(needs in servers)) {
    test(`needs ${needs}-server, which is not installed`, ({ skip }) => {
      skip(process.env['CI'] !== 'true')
      expect.fail('CI measures all peers')
    })
    return
  }

  let arena: Arena
  beforeAll(async () => {
    arena = await Arena.open(peer, servers, workersOf(plan))
    return () => arena.close()
  })

  test('loses nothing, and keeps the order of a publisher over all its topics', async () => {
    await arena.whileAlive(subscribeAll(arena, plan))
    const { lost, disordered, perSecond } = await arena.whileAlive(streamRound(arena, plan, { ms: 200 }))
    expect({ lost, disordered }).toEqual({ lost: 0, disordered: 0 })
    expect(perSecond).toBeGreaterThan(0)
  })

  if (withoutRequests.includes(peer)) return
  test('answers each request with its own answer', async () => {
    const [asker, responder] = arena.workers
    await arena.whileAlive(Promise.resolve(responder?.respond('echo')))
    const asked = await arena.whileAlive(
      Promise.resolve(asker?.ask({ topic: 'echo', bytes: 100, ms: 50, inFlight: 8 })),
    )
    expect(asked).toMatchObject({ lost: 0 })
  })
})
