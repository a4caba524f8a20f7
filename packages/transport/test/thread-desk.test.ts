import { expect, test } from 'vitest'
import { ThreadChannel, ThreadDesk } from '../src/index.ts'

test('a desk keeps nothing of a thread that has closed its channel, however often it opens one', async () => {
  const served: number[] = []
  let stopped = 0
  const desk = new ThreadDesk({
    serve: (channel, thread) => {
      served.push(thread)
      channel.once('disconnect', () => (stopped += 1))
      return () => undefined
    },
    exited: () => undefined,
  })
  desk.open()
  for (let times = 1; times <= 3; times++) {
    // A desk is spoken to from its own thread as from any other.
    const channel = new ThreadChannel()
    channel.send({ word: times }, () => undefined)
    await expect.poll(() => served.length, { timeout: 10_000 }).toBe(times)
    channel.close()
    await expect.poll(() => stopped, { timeout: 10_000 }).toBe(times)
  }
  desk.close()
})
