import { describe, expect, test } from 'vitest'
import { readCorpus } from './engine/corpus.ts'
import { replay } from './engine/replay.ts'
import { targets } from './targets.ts'

describe.each(Object.entries(targets))('%s', (name, make) => {
  const corpus = readCorpus(name)

  test('has inputs that were worth keeping', () => {
    expect(corpus.length).toBeGreaterThan(0)
  })

  test.each(corpus)('holds out against $name', async ({ input }) => {
    await replay(make, input)
  })
})
