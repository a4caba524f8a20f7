import { expect, test } from 'vitest'
import { campaign } from './engine/campaign.ts'
import { readCorpus } from './engine/corpus.ts'
import { targets } from './targets.ts'

// Another one every hour, so that more is seen than the same inputs again and again; a failure names it.
const seed = Number(process.env.FUZZ_SEED ?? Math.floor(Date.now() / 3_600_000))
/** Those that are whole brokers and buses take longer than all others together. */
const mutantsOf: Readonly<Record<string, number>> = { broker: 1_536, 'full-links': 768, bus: 1_024 }

test.each(Object.entries(targets))(`%s holds out against fresh mutants of seed ${seed}`, async (name, make) => {
  const corpus = readCorpus(name).map(({ input }) => input)
  const { finding, paths } = await campaign(make, { mutants: mutantsOf[name] ?? 2_560, seed, corpus })
  if (finding !== undefined) throw new Error(`pnpm fuzz --target ${name} --seed ${seed}`, { cause: finding.error })
  expect(paths).toBeGreaterThan(5)
})
