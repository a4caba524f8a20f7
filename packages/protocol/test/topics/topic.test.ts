import { describe, expect, test } from 'vitest'
import {
  assertPattern,
  assertTopic,
  isReserved,
  isWildcard,
  quoted,
  topicBytesMax,
  topicTokensMax,
} from '../../src/index.ts'
import { thrown } from '../support/thrown.ts'

const longest = 'x'.repeat(topicBytesMax)
const mostTokens = Array.from({ length: topicTokensMax }, () => 'a').join('.')
const good = ['a', 'user.login', 'user-login', 'a.b.c', 'Über.straße', 'a:b/c', '日本', longest, mostTokens]

/** Faults that topics and patterns share, with what the message says. */
const faults: [unknown, string][] = [
  ['', 'is empty'],
  ['.', 'contains an empty token'],
  ['a..b', 'contains an empty token'],
  ['.a', 'contains an empty token'],
  ['a.', 'contains an empty token'],
  ['a b', 'contains white space or a control character'],
  [' a', 'contains white space or a control character'],
  ['a\n', 'contains white space or a control character'],
  ['a\u00a0b', 'contains white space or a control character'],
  ['a\u2028b', 'contains white space or a control character'],
  ['a\u0000b', 'contains white space or a control character'],
  ['a\u007fb', 'contains white space or a control character'],
  ['a\u0085b', 'contains white space or a control character'],
  ['a\ud800b', 'contains half of a surrogate pair'],
  [`${longest}x`, 'is longer than 255 bytes'],
  ['ä'.repeat(128), 'is longer than 255 bytes'],
  [`${mostTokens}.a`, 'has more than 16 tokens'],
  ['a.>.b', 'has > before its last token'],
  ['>.a', 'has > before its last token'],
  ['a*.b', 'mixes a wildcard with other characters in one token'],
  ['a.b>', 'mixes a wildcard with other characters in one token'],
  ['**', 'mixes a wildcard with other characters in one token'],
  [undefined, 'must be a string, not undefined'],
  [null, 'must be a string, not null'],
  [5, 'must be a string, not number'],
  [{}, 'must be a string, not object'],
]

describe('assertTopic', () => {
  test.each(good)('takes %j', (topic) => {
    expect(() => assertTopic(topic, 'publish')).not.toThrow()
  })

  test.each(faults)('refuses %j: %s', (topic, fault) => {
    const error = thrown(() => assertTopic(topic as string, 'publish'))
    expect(error.code).toBe('BAD_TOPIC')
    expect(error.message).toMatch(/^publish: /)
    expect(error.message).toContain(fault)
    expect(error.topic).toBe(typeof topic === 'string' ? topic : undefined)
  })

  test.each(['*', '>', 'a.*', 'a.>', '*.b'])('refuses the pattern %j', (topic) => {
    const error = thrown(() => assertTopic(topic, 'publish'))
    expect(error.code).toBe('BAD_TOPIC')
    expect(error.message).toContain('is a pattern')
  })

  test.each(['$', '$sys', '$sys.members', '$app.x'])('keeps %j for the broker', (topic) => {
    const error = thrown(() => assertTopic(topic, 'publish'))
    expect(error.code).toBe('NOT_ALLOWED')
    expect(error.topic).toBe(topic)
    expect(error.message).toContain('reserved')
  })

  test('takes a $ anywhere but at the start', () => {
    expect(() => assertTopic('a.$b', 'publish')).not.toThrow()
  })
})

describe('assertPattern', () => {
  test.each([...good, '*', '>', 'a.*', '*.b', 'a.*.c', 'a.>', '*.>', '*.*', '$sys.>', '$sys.members'])(
    'takes %j',
    (pattern) => {
      expect(() => assertPattern(pattern, 'subscribe')).not.toThrow()
    },
  )

  test.each(faults)('refuses %j: %s', (pattern, fault) => {
    const error = thrown(() => assertPattern(pattern as string, 'subscribe'))
    expect(error.code).toBe('BAD_TOPIC')
    expect(error.message).toMatch(/^subscribe: /)
    expect(error.message).toContain(fault)
  })
})

test('only a topic that starts with $ is reserved', () => {
  expect(['$', '$sys.a'].every(isReserved)).toBe(true)
  expect(['', 'a', 'a.$', '>'].some(isReserved)).toBe(false)
})

test('only a pattern with * or > is a wildcard', () => {
  expect(['*', '>', 'a.*', 'a.>'].every(isWildcard)).toBe(true)
  expect(['a', 'a.b', '$sys'].some(isWildcard)).toBe(false)
})

describe('quoted', () => {
  test('escapes what could write over a terminal or break a line of a log', () => {
    expect(quoted('a\u001b[31m\n\u007f\u0085\u2028b')).toBe('"a\\u001b[31m\\n\\u007f\\u0085\\u2028b"')
  })

  test('cuts what is long', () => {
    expect(quoted('x'.repeat(1000)).length).toBeLessThan(90)
  })

  test('never prints half a surrogate pair, not even where it cuts', () => {
    expect(quoted(`${'x'.repeat(79)}😀`).isWellFormed()).toBe(true)
    expect(quoted('\ud800')).toBe('"\\ud800"')
  })

  test('names the type of what is no string', () => {
    expect([5, undefined, {}].map(quoted)).toStrictEqual(['number', 'undefined', 'object'])
  })
})
