import { createBroker } from '@clusterbus/broker'
import { BroadcastChannel } from 'node:worker_threads'
import { afterEach, expect, test } from 'vitest'
import { endThreads, joinThread } from './support/test-thread.ts'

afterEach(endThreads)

test('what is no word of a thread is passed over, and a hello that is wrong is refused with a reason', async () => {
  await using broker = createBroker()
  await broker.ready()
  const answers: unknown[] = []
  const [desk, reply] = [new BroadcastChannel('clusterbus.desk.1.0'), new BroadcastChannel('reply')]
  reply.onmessage = (event: unknown) => answers.push(Object(event).data)
  const hello = (fields: object): object => ({ cmd: 'NODE_CLUSTERBUS', type: 'hello', key: 'k', version: 1, ...fields })
  const nonsense: unknown[] = [undefined, null, 7, 'hello', [], {}, { exited: 'x' }, { thread: 1, reply: 'reply' }]
  const wrong = [
    hello({ thread: -1 }),
    hello({ thread: '1' }),
    hello({ key: '' }),
    { __proto__: null, cmd: 'x' },
    'text',
  ]
  for (const word of nonsense) desk.postMessage(word)
  for (const message of wrong) desk.postMessage({ thread: 1, reply: 'reply', message })
  const thread = await joinThread('one')
  await expect.poll(() => answers.length).toBe(3)
  for (const answer of answers) expect(answer).toMatchObject({ type: 'refused', code: 'BAD_FRAME' })
  expect(broker.members()).toEqual([await thread.call('member')])
  desk.close()
  reply.close()
})
