import { createBroker } from '@clusterbus/broker'
import { createBus } from '@clusterbus/client'
import { afterEach, describe, expect, test } from 'vitest'
import type { Seen } from './fixtures/support/orders.ts'
import type { TradesOrders } from './fixtures/trades-orders.ts'
import { endWorkers, forkWorker, type TestWorker } from './support/workers.ts'

afterEach(endWorkers)

function trader(codec: 'msgpack' | 'json'): TestWorker<TradesOrders> {
  return forkWorker<TradesOrders>('trades-orders', { args: [codec] })
}

/** All orders from `first` to `end - 1`, none twice. */
function wholly(first: number, end: number): Seen {
  return { first, last: end - 1, count: end - first }
}

/** Orders are objects of a few shapes, which msgpack describes once, between others that it does not. */
describe.each(['socket', 'ipc'] as const)('over %s', (transport) => {
  test('who subscribes late understands all that comes from then on, and JSON goes its way beside it', async () => {
    await using broker = createBroker({ transport })
    const [publisher, early, late] = [trader('msgpack'), trader('msgpack'), trader('msgpack')]
    const json = trader('json')
    const [id, jsonId] = await Promise.all([publisher.call('id'), json.call('id')])
    await Promise.all([early.call('subscribe'), json.call('subscribe')])

    await Promise.all([publisher.call('publish', 0, 1_000), json.call('publish', 0, 500)])
    const more = publisher.call('publish', 1_000, 2_000)
    await late.call('subscribe')
    await more
    await Promise.all([publisher.call('publish', 3_000, 500), json.call('publish', 500, 500)])
    for (const member of [early, late]) await member.call('reach', id, 3_499)
    const [atEarly, atLate, atJson] = await Promise.all(
      [early, late, json].map((member) => member.call('reach', jsonId, 999)),
    )

    expect(atEarly).toEqual({ seen: { [id]: wholly(0, 3_500), [jsonId]: wholly(0, 1_000) }, faults: [], errors: {} })
    const first = atLate?.seen[id]?.first ?? -1
    expect(first).toBeGreaterThanOrEqual(1_000)
    const seen = { [id]: wholly(first, 3_500), [jsonId]: wholly(500, 1_000) }
    expect(atLate).toEqual({ seen, faults: [], errors: {} })
    await json.call('flush')
    expect(atJson).toMatchObject({ seen: { [jsonId]: wholly(0, 1_000) }, faults: [] })
    expect((await json.call('stats')).undecodable).toBe(3_500)
    expect(broker.stats()).toMatchObject({ members: 4, violated: 0, dropped: 0 })
  })

  test('a publisher that is killed and its successor are understood, also by who joins after that', async () => {
    await using broker = createBroker({ transport })
    await using bus = createBus()
    const [killed, early] = [trader('msgpack'), trader('msgpack')]
    const killedId = await killed.call('id')
    const left = bus.once('$sys.member.left')
    await Promise.all([early.call('subscribe'), bus.flush()])
    const unfinished = expect(killed.call('publish', 0, 1_000_000)).rejects.toThrow('SIGKILL')
    await early.call('reach', killedId, 500)
    await killed.kill()
    await unfinished
    expect((await left).data).toMatchObject({ id: killedId })

    const [successor, late] = [trader('msgpack'), trader('msgpack')]
    const id = await successor.call('id')
    await successor.call('publish', 0, 500)
    await late.call('subscribe')
    await successor.call('publish', 500, 1_000)

    expect(await late.call('reach', id, 1_499)).toEqual({ seen: { [id]: wholly(500, 1_500) }, faults: [], errors: {} })
    const atEarly = await early.call('reach', id, 1_499)
    const last = atEarly.seen[killedId]?.last ?? -1
    expect(last).toBeGreaterThanOrEqual(500)
    const seen = { [killedId]: wholly(0, last + 1), [id]: wholly(0, 1_500) }
    expect(atEarly).toEqual({ seen, faults: [], errors: {} })
    expect(broker.stats()).toMatchObject({ members: 4, violated: 0 })
  })

  test('the next broker is told the shapes anew, in front of what was said meanwhile', async () => {
    const first = createBroker({ transport })
    const [publisher, other] = [trader('msgpack'), trader('msgpack')]
    for (const member of [publisher, other]) await member.call('subscribe')
    await publisher.call('publish', 0, 500)
    await other.call('reach', 'anybody', 499)
    await first.close()
    for (const member of [publisher, other]) await member.call('lost')
    await publisher.call('publishSoon', 500, 500)

    await using second = createBroker({ transport })
    const [id] = await Promise.all([publisher.call('id'), other.call('id')])
    await publisher.call('publish', 1_000, 500)
    // Its own subscription stands before anything is published, the other one's wherever its bus comes in.
    const own = await publisher.call('reach', id, 1_499)
    expect(own).toEqual({ seen: { [id]: wholly(500, 1_500) }, faults: [], errors: {} })
    const others = await other.call('reach', id, 1_499)
    const from = others.seen[id]?.first ?? -1
    expect(others).toEqual({ seen: { [id]: wholly(from, 1_500) }, faults: [], errors: {} })
    expect(second.stats()).toMatchObject({ published: 1_000, violated: 0 })
  })

  test('last words that are said before there is a link say what they refer to', async () => {
    await using broker = createBroker({ transport })
    const subscriber = trader('msgpack')
    await subscriber.call('subscribe')
    const worker = forkWorker('publishes-last-orders')
    expect(await worker.exited).toEqual({ code: 0, signal: null })
    const { seen, faults, errors } = await subscriber.call('reach', 'anybody', 199)
    expect([Object.values(seen), faults, errors]).toEqual([[wholly(0, 200)], [], {}])
    expect(broker.stats()).toMatchObject({ violated: 0, published: 200 })
  })
})
