import { types } from 'node:util'

/**
 * What an object is to this codec. A leaf holds no other values and msgpackr has a form for it; a foreign leaf is one
 * of a subclass or of another realm, which msgpackr would not know.
 */
export type Kind = 'object' | 'array' | 'map' | 'set' | 'error' | 'regexp' | 'leaf' | 'foreign leaf' | 'boxed' | 'json'

/** Throws for what has no content that could be sent. */
export function kindOf(value: object): Kind {
  const prototype: unknown = Object.getPrototypeOf(value)
  if (prototype === Object.prototype || prototype === null) return hasToJSON(value) ? 'json' : 'object'
  if (prototype === Array.prototype) return 'array'
  return leafPrototypes.has(prototype) ? 'leaf' : uncommonKindOf(value)
}

/** The error for a value that no receiver could make anything of. */
export function noForm(what: string): TypeError {
  return new TypeError(`MessagePack has no form for ${what}`)
}

/** A leaf as msgpackr knows it: of this realm, and of no subclass. */
export function ownLeaf(value: object): object {
  if (types.isDate(value)) return new Date(Date.prototype.getTime.call(value))
  if (!ArrayBuffer.isView(value)) return copyOf(value)
  const copy = copyOf(value.buffer).slice(value.byteOffset, value.byteOffset + value.byteLength)
  if (!types.isTypedArray(value)) return new DataView(copy)
  const View = views.find(({ name }) => name === value[Symbol.toStringTag])
  if (View === undefined) throw noForm(`a ${value[Symbol.toStringTag]}`)
  return new View(copy)
}

function copyOf(buffer: object): ArrayBuffer {
  if (!types.isAnyArrayBuffer(buffer)) throw new TypeError('not an ArrayBuffer')
  const copy = new ArrayBuffer(buffer.byteLength)
  new Uint8Array(copy).set(new Uint8Array(buffer))
  return copy
}

/** Whether the value says itself what is to be sent of it, as `JSON.stringify` would ask it. */
function hasToJSON(value: object): boolean {
  return 'toJSON' in value && typeof value.toJSON === 'function'
}

function uncommonKindOf(value: object): Kind {
  if (types.isDate(value) || ArrayBuffer.isView(value) || types.isArrayBuffer(value)) return 'foreign leaf'
  if (types.isNativeError(value) || value instanceof Error) return 'error'
  if (hasToJSON(value)) return 'json'
  if (Array.isArray(value)) return 'array'
  if (types.isMap(value)) return 'map'
  if (types.isSet(value)) return 'set'
  if (types.isRegExp(value)) return 'regexp'
  if (types.isBoxedPrimitive(value)) return 'boxed'
  if (isOpaque(value)) throw noForm(`a ${Object.prototype.toString.call(value).slice('[object '.length, -1)}`)
  return 'object'
}

function isOpaque(value: object): boolean {
  return (
    types.isPromise(value) ||
    types.isWeakMap(value) ||
    types.isWeakSet(value) ||
    value instanceof WeakRef ||
    types.isSharedArrayBuffer(value) ||
    types.isGeneratorObject(value)
  )
}

/** The typed arrays that msgpackr has a number for. */
const views = [
  Int8Array,
  Uint8Array,
  Uint8ClampedArray,
  Int16Array,
  Uint16Array,
  Int32Array,
  Uint32Array,
  Float32Array,
  Float64Array,
  BigInt64Array,
  BigUint64Array,
] as const

const leafPrototypes: ReadonlySet<unknown> = new Set(
  [Date, Buffer, ArrayBuffer, DataView, ...views].map((leaf) => leaf.prototype),
)
