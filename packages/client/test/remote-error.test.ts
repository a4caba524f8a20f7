import { layout, write } from '@clusterbus/protocol'
import { expect, test } from 'vitest'
import { written } from './support/frames.ts'
import { TestBus } from './support/test-bus.ts'

test('a failure that does not say why is an error that says so', async () => {
  const bus = new TestBus()
  const link = bus.connect()
  const answer = bus.core.request('a')
  const reply = { flags: layout.flagFailed, codec: 1, requester: 1, payload: Buffer.from('{"message":{}}') }
  link.say(written((writer) => write.writeReply(writer, { ...reply, request: 1 })))
  await expect(answer).rejects.toMatchObject({
    code: 'REMOTE_ERROR',
    message: 'request("a"): the responder failed: Error: it did not say why',
  })
})
