/** Fuzzes one target in a thread of its own, so that one that never returns can be stopped and told of. */

import assert from 'node:assert/strict'
import { parentPort, workerData } from 'node:worker_threads'
import { campaign } from './engine/campaign.ts'
import { keep, readCorpus } from './engine/corpus.ts'
import type { Input } from './engine/input.ts'
import { LastInput } from './engine/last-input.ts'
import { MemoryWatch } from './engine/memory-watch.ts'
import { headline, smallestFailure, smallestRefusal } from './engine/replay.ts'
import { targets } from './targets.ts'

/** What a thread is told. */
export interface Task {
  readonly target: string
  readonly mutants: number
  readonly seed: number
  readonly keepsRefusals: boolean
  readonly shared: SharedArrayBuffer
}

/** What it tells at the end. */
export interface Report {
  readonly mutants: number
  readonly paths: number
  readonly refusals: number
  readonly growthBytes: number
  /** What does not hold that must, and the name under which the input was kept. */
  readonly finding: { readonly what: string; readonly mutant: number; readonly file: string } | undefined
}

/** Mutants between two looks at the memory, the first of them when all is warm. */
const lookEvery = 25_600

const { target, mutants, seed, keepsRefusals, shared } = workerData as Task
const make = targets[target]
assert.ok(make !== undefined && parentPort !== null && globalThis.gc !== undefined)
const lastInput = new LastInput(shared)
const memory = new MemoryWatch(globalThis.gc)
const refused = new Map<string, Input>()
const corpus = readCorpus(target)
const result = await campaign(make, {
  mutants,
  seed,
  corpus: corpus.map(({ input }) => input),
  before: (input) => lastInput.write(input),
  found({ refusal }, input) {
    if (refusal !== undefined && !refused.has(refusal)) refused.set(refusal, input)
  },
  progress(done) {
    if (done % lookEvery === 0) memory.look()
  },
})
if (keepsRefusals) {
  for (const [refusal, input] of refused) keep(target, refusal, await smallestRefusal(make, input, refusal))
}
const { finding, paths } = result
const report: Report = {
  mutants: result.mutants,
  paths,
  refusals: refused.size,
  growthBytes: memory.growthBytes,
  finding: finding && {
    what: String(finding.error),
    mutant: finding.mutant,
    file: keep(target, `finding ${headline(finding.error)}`, await smallestFailure(make, finding.input)),
  },
}
parentPort.postMessage(report)
