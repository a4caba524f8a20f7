import { describe, expect, test } from 'vitest'
import { defaultLimits, resolveLimits } from '../src/index.ts'
import { thrown } from './support/thrown.ts'

describe('resolveLimits', () => {
  test('gives the defaults when nothing is given', () => {
    expect(resolveLimits()).toStrictEqual(defaultLimits)
    expect(resolveLimits({})).toStrictEqual(defaultLimits)
    expect(Object.isFrozen(defaultLimits)).toBe(true)
  })

  test('has the defaults that the README promises', () => {
    expect(defaultLimits).toMatchObject({
      payloadBytes: 1_048_576,
      queuedBytes: 33_554_432,
      keptBytes: 8_388_608,
      topicNames: 100_000,
      subscriptions: 100_000,
      pendingRequests: 65_536,
    })
  })

  test('puts what is given in the place of the defaults', () => {
    expect(resolveLimits({ payloadBytes: 1, topicNames: 2 ** 31 - 1 })).toStrictEqual({
      ...defaultLimits,
      payloadBytes: 1,
      topicNames: 2 ** 31 - 1,
    })
  })

  describe.each(Object.keys(defaultLimits))('%s', (name) => {
    test.each([0, -1, 1.5, Number.NaN, Infinity, 2 ** 31, '5', null, undefined, true, {}, 5n])(
      'may not be %s',
      (value) => {
        const error = thrown(() => resolveLimits({ [name]: value }))
        expect(error).toMatchObject({ code: 'BAD_OPTION', option: `limits.${name}` })
        expect(error.message).toContain(`limits.${name} must be a whole number from 1 to 2147483647`)
      },
    )
  })

  test.each(['payload', 'constructor', '__proto', 'toString'])('knows no limit named %s', (name) => {
    const error = thrown(() => resolveLimits({ [name]: 5 }))
    expect(error).toMatchObject({ code: 'BAD_OPTION', option: `limits.${name}` })
    expect(error.message).toContain('payloadBytes, queuedBytes')
  })

  test.each([null, 5, 'many', () => 1])('takes no %s for an object of limits', (given) => {
    expect(thrown(() => resolveLimits(given as object))).toMatchObject({ code: 'BAD_OPTION', option: 'limits' })
  })
})
