import { kindOf } from './kinds.ts'

/**
 * Whether msgpackr alone carries the value without loss: a tree of plain objects, arrays, primitives and leaves, in
 * which nothing occurs twice and nothing is nested deeper than `maxDepth`. What it can't tell, and what can't be
 * carried at all, counts as not plain; `flatten` takes a closer look. Every message passes here, so it is quick.
 */
export function isPlain(value: unknown, maxDepth: number): boolean {
  if (typeof value !== 'object' || value === null) return isPlainPrimitive(value)
  return isPlainObject(value, new Walk(value, maxDepth), 1)
}

/** The objects that one walk has met: a few in a list, which is quicker than a set, and many in a set. */
class Walk {
  readonly maxDepth: number
  readonly #few: object[]
  #many: Set<object> | undefined

  constructor(root: object, maxDepth: number) {
    this.#few = [root]
    this.maxDepth = maxDepth
  }

  /** Whether `object` was not met before. */
  meet(object: object): boolean {
    if (this.#many === undefined) {
      if (this.#few.includes(object)) return false
      if (this.#few.push(object) > fewMax) this.#many = new Set(this.#few)
      return true
    }
    const { size } = this.#many
    return this.#many.add(object).size > size
  }
}

const fewMax = 16

function isPlainObject(value: object, walk: Walk, depth: number): boolean {
  const kind = kindOf(value)
  if (kind === 'leaf') return true
  if (depth > walk.maxDepth) return false
  if (kind === 'object') return hasPlainFields(value as Readonly<Record<string, unknown>>, walk, depth + 1)
  return Array.isArray(value) && kind === 'array' && hasPlainItems(value, walk, depth + 1)
}

function hasPlainFields(fields: Readonly<Record<string, unknown>>, walk: Walk, depth: number): boolean {
  for (const key in fields) {
    if (key === '__proto__' || !isPlainText(key)) return false
    const field = fields[key]
    if (typeof field === 'object' && field !== null) {
      if (!walk.meet(field) || !isPlainObject(field, walk, depth)) return false
    } else if (!isPlainPrimitive(field)) return false
  }
  return true
}

function hasPlainItems(items: readonly unknown[], walk: Walk, depth: number): boolean {
  for (const item of items) {
    if (typeof item === 'object' && item !== null) {
      if (!walk.meet(item) || !isPlainObject(item, walk, depth)) return false
    } else if (!isPlainPrimitive(item)) return false
  }
  return true
}

function isPlainPrimitive(value: unknown): boolean {
  if (typeof value === 'string') return isPlainText(value)
  if (typeof value === 'number') return !Object.is(value, -0)
  return typeof value !== 'function' && typeof value !== 'symbol'
}

/** Whether msgpackr gives this text back as it is: it mends half surrogate pairs, and eats a byte order mark. */
export function isPlainText(text: string): boolean {
  return text.isWellFormed() && text.charCodeAt(0) !== 0xfeff
}
