import { createBroker } from '@clusterbus/broker'
import { createBus } from '@clusterbus/client'
import { afterEach, describe, expect, test } from 'vitest'
import { joinWorkers, type ToldWorker } from './support/members.ts'
import { endWorkers } from './support/workers.ts'

const confirm = 'handled'

afterEach(endWorkers)

function handling(worker: ToldWorker): Promise<unknown> {
  const isHandling = (report: unknown): boolean => typeof report === 'object' && report !== null && 'handling' in report
  return worker.report('that it handles', isHandling)
}

describe.each(['socket', 'ipc'] as const)('over %s', (transport) => {
  test('a message is confirmed by the processes that handle it, and a killed one is gone at once', async () => {
    await using broker = createBroker({ transport })
    await using bus = createBus()
    const heard = bus.once('a')
    const [publisher, healthy, victim] = await joinWorkers('publisher', 'healthy', 'victim')
    await healthy.call('subscribe', 'a')
    await victim.call('handleNever', '*')
    const confirmation = publisher.call('confirm', 'a', { text: 'ünïcode' }, { confirm, timeout: 15_000 })
    await handling(victim)
    await victim.kill('SIGKILL')
    expect(await confirmation).toEqual({ members: 3, delivered: 2, failed: 0, gone: 1 })
    expect((await heard).data).toEqual({ text: 'ünïcode' })
    expect(await healthy.call('received', 'a', 1)).toHaveLength(1)
    expect(broker.stats()).toMatchObject({ pendingRequests: 0, violated: 0 })
  })

  test('a stopped process lets its publisher time out, and handles the message when it goes on', async () => {
    await using broker = createBroker({ transport })
    await using bus = createBus()
    const [stopped] = await joinWorkers('stopped')
    await stopped.call('subscribe', 'a')
    stopped.worker.process.kill('SIGSTOP')
    expect(await bus.publish('a', 1, { confirm: 'routed' })).toMatchObject({ members: 1, delivered: 1 })
    const late = bus.publish('a', 2, { confirm, timeout: 200 })
    await expect(late).rejects.toMatchObject({ code: 'TIMEOUT', timeoutMs: 200 })
    await bus.flush()
    expect(broker.stats().pendingRequests).toBe(0)
    stopped.worker.process.kill('SIGCONT')
    expect(await bus.publish('a', 3, { confirm })).toMatchObject({ members: 1, delivered: 1 })
    expect(await stopped.call('receivedCount', 'a', 3)).toBe(3)
  })

  test('a publisher whose broker closes does not know what became of its message', async () => {
    await using broker = createBroker({ transport })
    const [publisher] = await joinWorkers('publisher')
    const [handler] = await joinWorkers('handler')
    await handler.call('handleNever', 'a')
    const lost = expect(publisher.call('confirm', 'a', 1, { confirm })).rejects.toMatchObject({ code: 'DISCONNECTED' })
    await handling(handler)
    await broker.close()
    await lost
  })
})

test('ten thousand messages at a time are confirmed, each by every member, and leave nothing behind', async () => {
  await using broker = createBroker()
  await using bus = createBus()
  const workers = await joinWorkers('first', 'second')
  for (const worker of workers) await worker.call('subscribe', 'a.>')
  const confirmations: Promise<{ delivered: number }>[] = []
  for (let number = 0; number < 10_000; number += 1) {
    confirmations.push(bus.publish(`a.${number % 10}`, number, { confirm, timeout: 15_000 }))
  }
  const delivered = (await Promise.all(confirmations)).map((confirmation) => confirmation.delivered)
  expect(new Set(delivered)).toEqual(new Set([2]))
  expect(broker.stats()).toMatchObject({ pendingRequests: 0, published: 10_000 })
  expect(bus.stats().pendingRequests).toBe(0)
})
