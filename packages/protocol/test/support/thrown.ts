import { expect } from 'vitest'
import { BusError } from '../../src/index.ts'

/** The `BusError` that `call` throws; fails the test when it throws none. */
export function thrown(call: () => unknown): BusError {
  try {
    call()
  } catch (error) {
    expect(error).toBeInstanceOf(BusError)
    if (error instanceof BusError) return error
  }
  return expect.fail('nothing was thrown')
}
