import { types } from 'node:util'
import { kindOf, noForm, ownLeaf } from '../kinds.ts'
import { isPlainText } from '../plain.ts'
import { errorOwn, NodeKind } from './layout.ts'

/** The value as the root's slot and the nodes of `layout.ts`. Throws for what can't be carried, and for too deep. */
export function flatten(value: unknown, maxDepth: number): unknown[] {
  return new Flattening(maxDepth).run(value)
}

class Flattening {
  readonly #maxDepth: number
  readonly #numbers = new Map<object, number>()
  readonly #met: { readonly object: object; readonly depth: number }[] = []
  /** Levels above what is being given a slot. */
  #depth = 0

  constructor(maxDepth: number) {
    this.#maxDepth = maxDepth
  }

  run(value: unknown): unknown[] {
    const table = [this.#slot(value)]
    // Grows while it is walked over: each node adds those that it is the first to name.
    for (const { object, depth } of this.#met) {
      this.#depth = depth
      table.push(this.#node(object))
    }
    return table
  }

  #slot(value: unknown): unknown {
    switch (typeof value) {
      case 'object':
        return value === null ? null : this.#objectSlot(value)
      case 'number':
        return Object.is(value, -0) ? [] : value
      case 'string':
        return isPlainText(value) ? value : [Buffer.from(value, 'utf16le')]
      case 'function':
      case 'symbol':
        throw noForm(`a ${typeof value}`)
      default:
        return value
    }
  }

  #objectSlot(object: object): unknown {
    const number = this.#numbers.get(object)
    if (number !== undefined) return [number]
    const kind = kindOf(object)
    if (kind === 'boxed') return this.#slot(object.valueOf())
    if (kind !== 'json') return this.#newSlot(object)
    const said = whatItSays(object)
    if (said === object) return this.#newSlot(object)
    // As with JSON.stringify, what toJSON returns is not asked again.
    const slot = isObject(said) && !this.#numbers.has(said) ? this.#newSlot(said) : this.#slot(said)
    if (isObject(said)) this.#numbers.set(object, this.#numbers.get(said) ?? 0)
    return slot
  }

  #newSlot(object: object): unknown {
    const number = this.#met.push({ object, depth: this.#depth + 1 })
    this.#numbers.set(object, number)
    return [number]
  }

  #node(object: object): unknown {
    const kind = kindOf(object)
    if (kind === 'leaf') return object
    if (kind === 'foreign leaf') return ownLeaf(object)
    if (this.#depth > this.#maxDepth) throw tooDeep(this.#maxDepth)
    if (isError(object)) return [NodeKind.ERROR, String(object.name), String(object.message), this.#errorFields(object)]
    if (types.isRegExp(object)) return [NodeKind.REGEXP, object.source, object.flags]
    if (types.isMap(object)) return [NodeKind.MAP, ...[...object].flat().map((value) => this.#slot(value))]
    if (types.isSet(object)) return [NodeKind.SET, ...Array.from(object, (value) => this.#slot(value))]
    if (Array.isArray(object)) return [NodeKind.ARRAY, ...Array.from(object, (value) => this.#slot(value))]
    const entries = Object.entries(object)
    if (entries.some(([key]) => key === '__proto__')) throw noForm('a field named __proto__')
    if (entries.every(([key]) => isPlainText(key))) return this.#fields(entries)
    return [NodeKind.ENTRIES, ...entries.flat().map((value) => this.#slot(value))]
  }

  #errorFields(error: Error): Record<string, unknown> {
    const fields = Object.entries(error).filter(([key, value]) => isErrorField(key, value))
    for (const key of ['cause', 'errors']) if (Object.hasOwn(error, key)) fields.push([key, Reflect.get(error, key)])
    return this.#fields(fields)
  }

  #fields(entries: [string, unknown][]): Record<string, unknown> {
    return Object.fromEntries(entries.map(([key, value]) => [key, this.#slot(value)]))
  }
}

/** A `code` and the like go along; objects don't, since errors of clients hold sockets and functions. */
function isErrorField(key: string, value: unknown): boolean {
  return !errorOwn.has(key) && isPlainText(key) && !isObject(value) && typeof value !== 'symbol'
}

function whatItSays(object: object): unknown {
  return 'toJSON' in object && typeof object.toJSON === 'function' ? object.toJSON() : object
}

function isError(object: object): object is Error {
  return object instanceof Error || types.isNativeError(object)
}

function isObject(value: unknown): value is object {
  return (typeof value === 'object' && value !== null) || typeof value === 'function'
}

/** Clear words for what would otherwise be a stack overflow, here or at the receiver. */
function tooDeep(maxDepth: number): RangeError {
  return new RangeError(`data is nested deeper than ${maxDepth} levels`)
}
