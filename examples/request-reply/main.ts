/** Requests between processes: an answer, and every way in which there may be none. */

import { createBroker } from '@clusterbus/broker'
import { BusError, createBus } from '@clusterbus/client'
import assert from 'node:assert/strict'
import cluster from 'node:cluster'
import { once } from 'node:events'

interface Events {
  add: { a: number; b: number }
  divide: { a: number; b: number }
  sleep: undefined
  crash: undefined
  'nobody.answers': undefined
}

if (cluster.isPrimary) await ask()
else answer()

function answer(): void {
  const bus = createBus<Events>()
  bus.respond('add', ({ a, b }) => a + b)
  bus.respond('divide', ({ a, b }) => {
    if (b === 0) throw new RangeError('division by zero')
    return a / b
  })
  bus.respond('sleep', () => new Promise(() => undefined))
  bus.respond('crash', () => process.kill(process.pid, 'SIGKILL'))
  void bus.flush().then(() => process.send?.('ready'))
}

async function ask(): Promise<void> {
  await using _broker = createBroker()
  await using bus = createBus<Events>()
  await once(cluster.fork(), 'message')

  const sum: number = await bus.request('add', { a: 19, b: 23 })
  console.log(`add             ${sum}`)
  assert.equal(sum, 42)

  assert.equal(await failure('divide', bus.request('divide', { a: 1, b: 0 })), 'REMOTE_ERROR')
  assert.equal(await failure('sleep', bus.request('sleep', undefined, { timeout: 100 })), 'TIMEOUT')
  assert.equal(await failure('nobody.answers', bus.request('nobody.answers')), 'NO_RESPONDERS')
  assert.equal(await failure('crash', bus.request('crash')), 'RESPONDER_LOST')
}

async function failure(name: string, request: Promise<unknown>): Promise<string | undefined> {
  try {
    await request
  } catch (error) {
    if (!(error instanceof BusError)) throw error
    console.log(`${name.padEnd(15)} ${error.code}: ${error.message}`)
    return error.code
  }
  return undefined
}
