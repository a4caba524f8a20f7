import { describe, expect, test } from 'vitest'
import { createBroker } from '../src/index.ts'

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
