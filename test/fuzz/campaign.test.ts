import { describe, expect, test } from 'vitest'
import { campaign } from './engine/campaign.ts'
import type { Input } from './engine/input.ts'
import { mutateBytes } from './engine/mutate-bytes.ts'
import { smallestFailure } from './engine/replay.ts'
import type { Target } from './engine/target.ts'

/** A target that each test gives a fault of its own. */
function targetThat(take: (input: Input) => string, settle = (): void => undefined): () => Target {
  return () => ({
    generate: () => [Buffer.from('abcdefgh')],
    mutate: (input, other, random) => [mutateBytes(Buffer.concat([...input]), Buffer.concat([...other]), random)],
    take: (input) => ({ path: take(input), refusal: undefined }),
    settle: async () => settle(),
  })
}

const options = { mutants: 20_000, seed: 1, corpus: [] }

describe('a campaign', () => {
  test('finds bytes that break something, and makes them small', async () => {
    const make = targetThat(([chunk = Buffer.alloc(0)]) => {
      if (chunk.includes(0xff)) throw new RangeError('it broke')
      return ''
    })
    const { finding } = await campaign(make, options)
    expect(finding?.error).toMatchObject({ message: 'it broke' })
    expect(await smallestFailure(make, finding?.input ?? [])).toEqual([Buffer.of(0xff)])
  })

  test('goes on from what led somewhere new, so it gets where no single change would lead', async () => {
    // One bit in each of four bytes from what it begins with.
    const goal = '`cbe'
    const make = targetThat(([chunk = Buffer.alloc(0)]) => {
      let length = 0
      while (length < goal.length && chunk[length] === goal.charCodeAt(length)) length += 1
      if (length === goal.length) throw new Error('reached')
      return String(length)
    })
    const { finding } = await campaign(make, options)
    expect(finding?.error).toMatchObject({ message: 'reached' })
  })

  test('notices what only shows when a target settles', async () => {
    const settle = (): never => {
      throw new Error('something is left')
    }
    const { finding } = await campaign(
      targetThat(() => '', settle),
      options,
    )
    expect(finding?.error).toMatchObject({ message: 'something is left' })
  })

  test('notices a field that every object has got', async () => {
    const make = targetThat(() => {
      Reflect.set(Object.prototype, 'polluted', true)
      return ''
    })
    try {
      const { finding } = await campaign(make, options)
      expect(String(finding?.error)).toContain('every object has a field polluted')
    } finally {
      Reflect.deleteProperty(Object.prototype, 'polluted')
    }
  })

  test('gives the same inputs for the same seed', async () => {
    const inputsOf = async (seed: number): Promise<string[]> => {
      const inputs: string[] = []
      const make = targetThat(([chunk = Buffer.alloc(0)]) => `${inputs.push(chunk.toString('hex')) % 7}`)
      await campaign(make, { mutants: 1_000, seed, corpus: [] })
      return inputs
    }
    expect(await inputsOf(5)).toEqual(await inputsOf(5))
    expect(await inputsOf(5)).not.toEqual(await inputsOf(6))
  })
})
