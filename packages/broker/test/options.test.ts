import { describe, expect, test } from 'vitest'
import { createBroker } from '../src/index.ts'
import { checkOptions } from '../src/node/broker-options.ts'

describe.each([
  ['overflow', "'block', 'drop-oldest', 'drop-newest' or 'disconnect'"],
  ['conflate', "'topic'"],
])('the option %s', (option, allowed) => {
  test.each([null, 'drop', 7, true, {}])('may not be %s', (value) => {
    expect(() => createBroker({ [option]: value })).toThrow(
      expect.objectContaining({ code: 'BAD_OPTION', option, message: expect.stringContaining(allowed) }),
    )
  })
})

test('an option that there is not is named, with those that there are', () => {
  const option: string = 'stalTimeout'
  expect(() => createBroker({ [option]: 5 })).toThrow(
    expect.objectContaining({
      code: 'BAD_OPTION',
      option,
      message: expect.stringMatching(
        /there is no option "stalTimeout"; there are transport, stallTimeout, .*leaseDuration, .*limits$/,
      ),
    }),
  )
})

test('threads may be silent without end, unless silenceTimeout is given', () => {
  expect(checkOptions({})).toMatchObject({ silenceTimeout: 10_000, threadSilenceMs: Infinity })
  expect(checkOptions({ silenceTimeout: 5_000 })).toMatchObject({ silenceTimeout: 5_000, threadSilenceMs: 5_000 })
})

test('an event that there is not is refused', async () => {
  await using broker = createBroker()
  const events: { on(name: string, listener: () => void): unknown } = broker
  expect(() => events.on('connect', () => undefined)).toThrow(
    expect.objectContaining({ code: 'BAD_OPTION', message: 'on: there is no event "connect"; there are error' }),
  )
})
