import { subscribe, unsubscribe } from 'node:diagnostics_channel'
import { expect, onTestFinished, test, vi } from 'vitest'
import type { Interceptor, SendResult } from '../../src/index.ts'
import { openBus } from '../support/local-bus.ts'

/** Rejections that nobody has handled, until the test is over: each of them would end an app. */
function listenForUnhandled(): unknown[] {
  const unhandled: unknown[] = []
  const listener = (reason: unknown): void => void unhandled.push(reason)
  const others = process.rawListeners('unhandledRejection')
  process.removeAllListeners('unhandledRejection')
  process.on('unhandledRejection', listener)
  onTestFinished(() => {
    process.off('unhandledRejection', listener)
    for (const other of others) process.on('unhandledRejection', other as NodeJS.UnhandledRejectionListener)
  })
  return unhandled
}

/** Node looks for rejections that nobody has handled when a turn of the event loop has ended. */
function turn(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve))
}

/** A promise as query builders make them: what it stands for is done whenever somebody waits for it. */
function counting(): { query: PromiseLike<string>; runs: () => number } {
  let runs = 0
  const query = {
    // oxlint-disable-next-line unicorn/no-thenable
    then: <Result>(onDone?: ((value: string) => Result | PromiseLike<Result>) | null): PromiseLike<Result> => {
      runs += 1
      return Promise.resolve(`run ${runs}`).then(onDone)
    },
  }
  return { query: query as PromiseLike<string>, runs: () => runs }
}

test('a handler that fails behind an interceptor that does not wait for it is told of, once', async () => {
  const unhandled = listenForUnhandled()
  const { bus, errors } = openBus()
  const failure = new Error('no')
  bus.use({ deliver: (_, next) => void next() })
  bus.use({ deliver: (_, next) => void next() })
  await bus.subscribe('t.*', () => Promise.reject(failure)).ready
  bus.publish('t.x', 1)
  await vi.waitFor(() => expect(errors).toHaveLength(1))
  await turn()
  expect(errors).toEqual([
    expect.objectContaining({ code: 'HANDLER_FAILED', topic: 't.x', member: bus.member?.id, cause: failure }),
  ])
  expect(errors[0]?.message).toContain('return or await what next returns')
  expect(unhandled).toEqual([])
})

test('a failure that an interceptor has heard of is its own business', async () => {
  const { bus, errors } = openBus()
  let tries = 0
  bus.use({ deliver: (_, next) => Promise.resolve(next()).catch(() => next()) })
  await bus.subscribe('t', () => ((tries += 1) === 1 ? Promise.reject(new Error('once')) : Promise.resolve())).ready
  expect(await bus.publish('t', 1, { confirm: 'handled' })).toMatchObject({ delivered: 1, failed: 0 })
  expect({ tries, errors }).toEqual({ tries: 2, errors: [] })
})

test('a request or a confirmation whose promise an interceptor drops may fail unheard', async () => {
  const unhandled = listenForUnhandled()
  const { bus } = openBus({ limits: { pendingRequests: 1 } })
  let answer = (): unknown => 5
  const dropping: Required<Interceptor>['publish'] = (_, next) => {
    void next()
    return answer() as SendResult
  }
  bus.use({ publish: dropping })
  await expect(bus.request('nobody')).rejects.toMatchObject({ code: 'BAD_OPTION' })
  await bus.flush()
  answer = () => {
    throw new Error('mine')
  }
  await expect(bus.request('nobody')).rejects.toThrow('mine')
  expect(() => bus.publish('t', 1, { confirm: 'routed', signal: AbortSignal.abort() })).toThrow('mine')
  answer = () => Promise.resolve('from memory')
  await bus.flush()
  expect(await bus.request('nobody')).toBe('from memory')
  await bus.flush()
  await turn()
  expect(unhandled).toEqual([])
})

test('a promise that begins anew whenever it is asked is asked once, whoever listens', async () => {
  const listener = (): void => undefined
  for (const name of ['deliver', 'respond']) {
    subscribe(`clusterbus:${name}`, listener)
    onTestFinished(() => void unsubscribe(`clusterbus:${name}`, listener))
  }
  const { bus } = openBus()
  // As tracing does it.
  bus.use({
    deliver: (_, next) => {
      const result = next()
      void Promise.resolve(result)
      return result
    },
  })
  const handled = counting()
  const answered = counting()
  await bus.subscribe('t', () => handled.query).ready
  await bus.respond('ask', () => answered.query).ready
  await bus.publish('t', 1, { confirm: 'handled' })
  expect(await bus.request('ask')).toBe('run 1')
  expect([handled.runs(), answered.runs()]).toEqual([1, 1])
})
