import { type Bus, BusError, type BusErrorCode } from '@clusterbus/client'
import assert from 'node:assert/strict'

/** Checks that the call throws a bus error of that code, at once. Returns it. */
export function throwsWith(code: BusErrorCode, call: () => unknown): BusError {
  let result: unknown
  try {
    result = call()
  } catch (error) {
    return checked(code, error)
  }
  if (result instanceof Promise) result.catch(() => undefined)
  assert.fail(`nothing was thrown where ${code} was expected`)
}

/** Checks that the promise rejects with a bus error of that code. Returns it. */
export async function rejectsWith(code: BusErrorCode, promise: Promise<unknown>): Promise<BusError> {
  let value: unknown
  try {
    value = await promise
  } catch (error) {
    return checked(code, error)
  }
  assert.fail(`resolved with ${JSON.stringify(value)} where ${code} was expected`)
}

/** The next error that the bus reports, which is not a warning then. */
export function nextError(bus: Bus): Promise<BusError> {
  return new Promise((resolve) => {
    const listener = (error: BusError): void => {
      bus.off('error', listener)
      resolve(error)
    }
    bus.on('error', listener)
  })
}

/** Calls a method of the bus with arguments that its types would not let pass. */
export function callWith(bus: Bus, method: keyof Bus, ...args: readonly unknown[]): unknown {
  const called: unknown = Reflect.get(bus, method)
  assert.ok(typeof called === 'function')
  return Reflect.apply(called, bus, args)
}

function checked(code: BusErrorCode, error: unknown): BusError {
  if (!(error instanceof BusError)) throw error
  assert.equal(error.code, code, `${error.code} instead of ${code}: ${error.message}`)
  assert.equal(error.name, 'BusError')
  return error
}
