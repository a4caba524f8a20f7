import { createBroker } from '@clusterbus/broker'
import { expect, test } from 'vitest'
import { runProgram } from '../support/programs.ts'
import { endWorkers, forkWorker } from '../support/workers.ts'

test('a process that only subscribes ends by itself', async () => {
  expect(await runProgram('only-subscribes')).toEqual({ code: 0, signal: null, stdout: 'subscribed\n', stderr: '' })
})

test.each(['ready', 'flush', 'subscription', 'request', 'members', 'close'])(
  'whoever awaits %s sees it end',
  async (call) => {
    const ended = await runProgram('awaits-an-answer', { args: [call] })
    expect(ended).toEqual({ code: 0, signal: null, stdout: `${call} has ended\n`, stderr: '' })
  },
)

test.each(['socket', 'ipc', 'no broker'] as const)(
  'a worker whose bus only subscribes ends when it is disconnected: %s',
  async (transport) => {
    const broker = transport === 'no broker' ? undefined : createBroker({ transport })
    const worker = forkWorker('only-subscribes')
    await expect.poll(() => broker === undefined || broker.stats().subscriptions === 2).toBe(true)
    await expect.poll(() => worker.stdout).toBe('subscribed\n')
    worker.worker.disconnect()
    expect(await worker.exited).toEqual({ code: 0, signal: null })
    await broker?.close()
    await endWorkers()
  },
)
