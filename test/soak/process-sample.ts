import { setImmediate as turn } from 'node:timers/promises'
import { held } from '../chaos/engine/leaks.ts'
import type { Sample } from './verdict.ts'

/** Looks at this process, after its garbage was collected. Needs --expose-gc. */
export async function sampleProcess(): Promise<Sample> {
  const { gc } = globalThis
  if (gc === undefined) throw new TypeError('run this with --expose-gc')
  // What one collection finds unused may hold on to more, which the next one finds.
  for (let times = 0; times < 3; times += 1) {
    gc()
    await turn()
  }
  const { heapUsed, external, rss } = process.memoryUsage()
  return { heapBytes: heapUsed + external, residentBytes: rss, ...held() }
}
