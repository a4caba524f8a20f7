import { malformed } from '../scan.ts'
import { newError, setErrorField } from './errors.ts'
import { NodeKind } from './layout.ts'

/** Builds the value that `flatten` took apart. Throws for a table that it can't have written. */
export function hydrate(table: unknown, maxDepth: number): unknown {
  if (!Array.isArray(table) || table.length === 0) throw malformed('a graph without a root')
  return new Hydration(table, maxDepth).run()
}

class Hydration {
  readonly #table: readonly unknown[]
  readonly #maxDepth: number
  /** The object that each node becomes, made before any is filled, so that cycles close. */
  readonly #objects: unknown[]
  readonly #depths: number[] = [0]
  /** The node whose slots are being read; 0 for the root's slot. */
  #current = 0

  constructor(table: readonly unknown[], maxDepth: number) {
    this.#table = table
    this.#maxDepth = maxDepth
    this.#objects = table.map((node, number) => (number === 0 ? undefined : newObject(node)))
  }

  run(): unknown {
    const root = this.#value(this.#table[0])
    for (let number = 1; number < this.#table.length; number += 1) {
      if (number >= this.#depths.length) throw malformed('a graph with a node that nothing names')
      this.#current = number
      this.#fill(this.#objects[number], this.#table[number])
    }
    return root
  }

  /** What a slot stands for. */
  #value(slot: unknown): unknown {
    if (typeof slot !== 'object' || slot === null) return slot
    if (!Array.isArray(slot) || slot.length > 1) throw malformed('a slot of a graph that is neither value nor number')
    if (slot.length === 0) return -0
    const [content]: unknown[] = slot
    if (Buffer.isBuffer(content)) return content.toString('utf16le')
    return this.#named(content)
  }

  #named(number: unknown): unknown {
    const next = this.#depths.length
    const isNumber = typeof number === 'number' && Number.isInteger(number) && number > 0 && number <= next
    if (!isNumber || number >= this.#objects.length) throw malformed('a graph that names no node of its own')
    if (number === next) this.#depths.push((this.#depths[this.#current] ?? 0) + 1)
    return this.#objects[number]
  }

  #fill(object: unknown, node: unknown): void {
    if (isPlainObject(object)) {
      this.#assertDepth()
      if (Array.isArray(node)) return this.#fillEntries(object, node)
      for (const key of Object.keys(object)) object[key] = this.#value(object[key])
    } else if (Array.isArray(node)) {
      this.#assertDepth()
      this.#fillFromItems(object, node)
    }
  }

  #fillFromItems(object: unknown, node: readonly unknown[]): void {
    if (Array.isArray(object)) {
      for (let index = 1; index < node.length; index += 1) object.push(this.#value(node[index]))
    } else if (object instanceof Set) {
      for (let index = 1; index < node.length; index += 1) object.add(this.#value(node[index]))
    } else if (object instanceof Map) {
      for (let index = 1; index < node.length; index += 2) {
        const key = this.#value(node[index])
        object.set(key, this.#value(node[index + 1]))
      }
    } else if (object instanceof Error) {
      const fields: unknown = node[3]
      if (!isPlainObject(fields)) throw malformed('an error without fields in a graph')
      for (const [key, slot] of Object.entries(fields)) setErrorField(object, key, this.#value(slot))
    }
  }

  #fillEntries(object: Record<string, unknown>, node: readonly unknown[]): void {
    for (let index = 1; index < node.length; index += 2) {
      const key = this.#value(node[index])
      if (typeof key !== 'string' || key === '__proto__') throw malformed('a graph with a key that no object may have')
      object[key] = this.#value(node[index + 1])
    }
  }

  #assertDepth(): void {
    const depth = this.#depths[this.#current] ?? 0
    if (depth > this.#maxDepth) throw malformed(`it is nested deeper than ${this.#maxDepth} levels`)
  }
}

/** The object that a node becomes, still empty; a plain object and a leaf are themselves. */
function newObject(node: unknown): unknown {
  if (typeof node !== 'object' || node === null) throw malformed('a graph with a node that is no object')
  if (!Array.isArray(node)) return node
  const [kind, first, second]: unknown[] = node
  switch (kind) {
    case NodeKind.ARRAY:
      return []
    case NodeKind.SET:
      return new Set()
    case NodeKind.MAP:
      assertPairs(node)
      return new Map()
    case NodeKind.ENTRIES:
      assertPairs(node)
      return {}
    case NodeKind.ERROR:
      if (typeof first === 'string' && typeof second === 'string' && node.length === 4) return newError(first, second)
      break
    case NodeKind.REGEXP:
      if (typeof first === 'string' && typeof second === 'string' && node.length === 3) return new RegExp(first, second)
      break
  }
  throw malformed('a graph with a node of no known kind')
}

function assertPairs(node: readonly unknown[]): void {
  if (node.length % 2 === 0) throw malformed('a graph with a key that has no value')
}

function isPlainObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && Object.getPrototypeOf(value) === Object.prototype
}
