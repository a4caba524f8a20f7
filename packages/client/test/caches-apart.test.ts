import { cacheFrames, FrameKind, type Selector } from '@clusterbus/protocol'
import { expect, test } from 'vitest'
import { TestBus } from './support/test-bus.ts'

const holder = { evict: (): void => undefined, reset: (): void => undefined }
const key = (text: string): Selector => ({ kind: 'key', text })

test('a claim that was given up before there was a link is not made', async () => {
  const bus = new TestBus()
  const cache = bus.core.holdCache('users', {}, holder)
  const abort = new AbortController()
  const claims = [cache.claim('a', abort.signal), cache.claim('b')]
  abort.abort()
  await expect(claims[0]).rejects.toMatchObject({ code: 'ABORTED' })
  const link = bus.connect()
  bus.endTurn()
  const asked = link.ofKind(FrameKind.CLAIM).map((frame) => cacheFrames.readClaimedKey(frame, 0, frame.length))
  expect(asked).toEqual(['b'])
  expect(link.ofKind(FrameKind.CANCEL)).toEqual([])
})

test('an invalidation that is aborted and has no room rejects, and nothing else does', async () => {
  const bus = new TestBus({ limits: { keptBytes: 200 } })
  const cache = bus.core.holdCache('users', {}, holder)
  const signal = AbortSignal.abort()
  await expect(cache.invalidate([key('a'), key('b'.repeat(1_000))], { signal })).rejects.toMatchObject({
    code: 'QUEUE_FULL',
  })
})
