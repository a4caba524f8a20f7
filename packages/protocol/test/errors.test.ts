import { inspect } from 'node:util'
import { describe, expect, test } from 'vitest'
import { BusError, isBusErrorCode } from '../src/index.ts'

describe('BusError', () => {
  test('is an Error with a name, a code, a message and the fields that explain it', () => {
    const error = new BusError('PAYLOAD_TOO_LARGE', 'publish: too large', { topic: 'a', bytes: 5, limit: 4 })
    expect(error).toBeInstanceOf(Error)
    expect(error).toMatchObject({ name: 'BusError', code: 'PAYLOAD_TOO_LARGE', topic: 'a', bytes: 5, limit: 4 })
    expect(String(error)).toBe('BusError: publish: too large')
    expect(error.stack).toContain('errors.test')
  })

  test('has a cause when it was given one, even undefined, and else none', () => {
    const cause = new Error('under it')
    expect(new BusError('UNENCODABLE', 'x', { cause }).cause).toBe(cause)
    expect(Object.hasOwn(new BusError('UNENCODABLE', 'x', { cause: undefined }), 'cause')).toBe(true)
    expect(Object.hasOwn(new BusError('UNENCODABLE', 'x'), 'cause')).toBe(false)
  })

  test('shows no field that was not given', () => {
    const error = new BusError('TIMEOUT', 'request: no reply', { timeoutMs: 5 })
    expect(Object.keys(error).sort()).toStrictEqual(['code', 'name', 'timeoutMs'])
    expect(inspect(error)).not.toContain('undefined')
  })
})

test('the codes are those of the contract, and no others', () => {
  const codes =
    'BAD_TOPIC BAD_OPTION BAD_FRAME UNENCODABLE UNDECODABLE UNKNOWN_CODEC PAYLOAD_TOO_LARGE QUEUE_FULL BROKER_UNREACHABLE ' +
    'DISCONNECTED CLOSED DRAINING TIMEOUT NO_RESPONDERS RESPONDER_LOST REMOTE_ERROR ABORTED NOT_ALLOWED VERSION_MISMATCH'
  expect(codes.split(' ').every(isBusErrorCode)).toBe(true)
  expect(['', 'timeout', 'toString', '__proto__', 5, null, undefined, ['TIMEOUT']].some(isBusErrorCode)).toBe(false)
})
