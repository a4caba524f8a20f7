import { isDeepStrictEqual } from 'node:util'
import { runInNewContext } from 'node:vm'
import { describe, expect, test } from 'vitest'
import { msgpackCodec } from '../src/index.ts'
import { pass } from './support/pass.ts'

const codec = msgpackCodec()

describe('cycles and shared references', () => {
  test('an object that contains itself does so where it arrives', () => {
    const sent: Record<string, unknown> = { name: 'a' }
    sent.self = sent
    const arrived = pass(codec, sent) as typeof sent
    expect(arrived.self).toBe(arrived)
    expect(arrived.name).toBe('a')
  })

  test('cycles close through arrays, maps, sets and errors', () => {
    const error = new Error('round')
    const map = new Map<unknown, unknown>()
    const sent = [map, new Set([map]), error]
    error.cause = sent
    map.set(map, sent)
    const arrived = pass(codec, sent) as [Map<unknown, unknown>, Set<unknown>, Error]
    expect(arrived[0].get(arrived[0])).toBe(arrived)
    expect(arrived[1].has(arrived[0])).toBe(true)
    expect(arrived[2].cause).toBe(arrived)
  })

  test('what is shared arrives shared, leaves included', () => {
    const date = new Date(5)
    const bytes = Buffer.from('abc')
    const point = { x: 1 }
    const arrived = pass(codec, [point, date, bytes, point, date, bytes]) as unknown[]
    expect(arrived).toStrictEqual([point, date, bytes, point, date, bytes])
    for (const index of [0, 1, 2]) expect(arrived[index]).toBe(arrived[index + 3])
    const { a, b } = pass(codec, { a: point, b: point }) as Record<string, unknown>
    expect(a).toStrictEqual(point)
    expect(b).toBe(a)
  })

  test('what toJSON returned for a shared object arrives shared', () => {
    const said = { a: 1 }
    const speaker = { toJSON: () => said }
    const [first, second, third] = pass(codec, [speaker, said, speaker]) as unknown[]
    expect(first).toStrictEqual({ a: 1 })
    expect(second).toBe(first)
    expect(third).toBe(first)
  })

  test('a list that shares each level with the next costs what its levels cost', () => {
    let shared: unknown = ['end']
    for (let level = 0; level < 100; level += 1) shared = [shared, shared]
    expect(codec.encode(shared).length).toBeLessThan(2000)
    const arrived = pass(codec, shared) as unknown[]
    expect(arrived[0]).toBe(arrived[1])
  })
})

test('a map, a set and an array of 200,000 values each arrive whole', () => {
  const numbers = Array.from({ length: 200_000 }, (_, number) => number)
  const sent = { map: new Map(numbers.map((number) => [number, [number]])), set: new Set(numbers), array: numbers }
  expect(isDeepStrictEqual(pass(codec, sent), sent)).toBe(true)
})

describe('errors', () => {
  test('an error arrives with its class, message, code, cause and primitive fields', () => {
    const cause = new RangeError('inner')
    const error = Object.assign(new TypeError('outer', { cause }), { code: 'E_OUTER', status: 404, socket: { a: 1 } })
    const arrived = pass(codec, { error }) as { error: TypeError & { code: string; cause: Error } }
    expect(arrived.error).toBeInstanceOf(TypeError)
    expect(arrived.error).toMatchObject({ name: 'TypeError', message: 'outer', code: 'E_OUTER', status: 404 })
    expect(arrived.error.cause).toBeInstanceOf(RangeError)
    expect(arrived.error.cause.message).toBe('inner')
    expect(Object.keys(arrived.error)).toStrictEqual(['code', 'status'])
  })

  test('an error of a class of your own arrives as an Error of its name', () => {
    class NotFound extends Error {
      override name = 'NotFound'
    }
    const arrived = pass(codec, new NotFound('gone')) as Error
    expect(Object.getPrototypeOf(arrived)).toBe(Error.prototype)
    expect(String(arrived)).toBe('NotFound: gone')
  })

  test('an AggregateError arrives with its errors', () => {
    const arrived = pass(codec, new AggregateError([new Error('a'), 'b'], 'all')) as AggregateError
    expect(arrived).toBeInstanceOf(AggregateError)
    expect(arrived.errors).toMatchObject([{ message: 'a' }, 'b'])
  })

  test('the stack stays behind', () => {
    const arrived = pass(codec, new Error('here')) as Error
    expect(arrived.stack).toBe('Error: here')
    expect(new Error('now').stack).toContain('graphs.test')
  })

  test('errors of Node arrive with errno, code and syscall', async () => {
    const { readFileSync } = await import('node:fs')
    let error: unknown
    try {
      readFileSync('/no/such/file')
    } catch (thrown) {
      error = thrown
    }
    expect(pass(codec, error)).toMatchObject({ code: 'ENOENT', syscall: 'open', path: '/no/such/file' })
  })
})

test('values of another realm arrive as values of this one', () => {
  const foreign: unknown = runInNewContext(
    '({ date: new Date(5), map: new Map([[1, [2]]]), bytes: new Uint8Array([1, 2]), error: new TypeError("x"), pattern: /a/g, buffer: new ArrayBuffer(2) })',
  )
  const arrived = pass(codec, foreign) as Record<string, unknown>
  expect(arrived).toMatchObject({
    date: new Date(5),
    map: new Map([[1, [2]]]),
    bytes: new Uint8Array([1, 2]),
    pattern: /a/g,
  })
  expect(arrived.buffer).toStrictEqual(new ArrayBuffer(2))
  expect(arrived.error).toBeInstanceOf(TypeError)
})
