import type { Random } from '../../support/random.ts'

const leaves: readonly (() => unknown)[] = [
  () => null,
  () => undefined,
  () => -0,
  () => Number.NaN,
  () => 2 ** 60,
  () => 1.5,
  () => 'text',
  () => '\ud800',
  () => 2n ** 70n,
  () => new Date(0),
  () => new Date(Number.NaN),
  () => /a(b)/gi,
  () => new Uint8Array([1, 2, 3]),
  () => new Float64Array([1.5]),
  () => new ArrayBuffer(3),
  () => new TypeError('no', { cause: 1 }),
]

/** Data as an app may send it: what no JSON carries as well, and cycles. */
export function anyValue(random: Random, depth = 0, above: unknown[] = []): unknown {
  const count = random.below(4)
  const inside = (): unknown => anyValue(random, depth + 1, above)
  switch (depth > 3 ? 0 : random.below(6)) {
    case 1: {
      const array: unknown[] = []
      above.push(array)
      for (let index = 0; index < count; index += 1) array.push(inside())
      return array
    }
    case 2: {
      const object: Record<string, unknown> = {}
      above.push(object)
      for (let index = 0; index < count; index += 1) object[random.pick(['a', 'b', 'c', '\ud800'])] = inside()
      return object
    }
    case 3:
      return new Map(Array.from({ length: count }, () => [inside(), inside()]))
    case 4:
      return new Set(Array.from({ length: count }, inside))
    case 5:
      return above.length > 0 ? random.pick(above) : 1
    default:
      return random.pick(leaves)()
  }
}
