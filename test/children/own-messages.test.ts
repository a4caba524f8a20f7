import { createBroker } from '@clusterbus/broker'
import { createBus } from '@clusterbus/client'
import { once } from 'node:events'
import { afterEach, expect, test } from 'vitest'
import { numbersTo } from '../cluster/support/members.ts'
import { endWorkers, startChild } from '../cluster/support/workers.ts'

afterEach(endWorkers)

test.each([
  ['socket', 'json'],
  ['socket', 'advanced'],
  ['ipc', 'json'],
  ['ipc', 'advanced'],
] as const)('the messages and the end of a child are what they were, over %s, %s', async (transport, serialization) => {
  await using broker = createBroker({ transport })
  await using bus = createBus()
  const { child, ...started } = startChild('repeats-messages', { serialization })
  const seen: unknown[] = []
  child.on('message', (message) => seen.push(message))
  broker.attach(child)
  await once(child, 'message')

  const back: unknown[] = []
  const allBack = new Promise<void>((resolve) => {
    bus.subscribe('back', (data) => back.push(data) === 200 && resolve())
  })
  await bus.flush()
  for (const number of numbersTo(200)) {
    child.send({ number })
    bus.publish('news', number)
  }
  await allBack
  await expect.poll(() => seen).toHaveLength(201)
  expect(back).toEqual(numbersTo(200))
  expect(seen).toEqual(['ready', ...numbersTo(200).map((number) => ({ repeated: { number } }))])

  child.disconnect()
  expect(await started.exited).toEqual({ code: 0, signal: null })
})
