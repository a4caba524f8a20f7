import assert from 'node:assert/strict'

const prototypes = [Object.prototype, Array.prototype, Function.prototype, Buffer.prototype, Error.prototype] as const
const ownKeys = prototypes.map((prototype) => Reflect.ownKeys(prototype).length)

/** Throws when something that everybody shares has got a field that it did not have. */
export function assertGlobalsClean(): void {
  for (const key in {}) assert.fail(`every object has a field ${key} now`)
  const now = prototypes.map((prototype) => Reflect.ownKeys(prototype).length)
  assert.deepEqual(now, ownKeys, 'a prototype has other fields than before')
}
