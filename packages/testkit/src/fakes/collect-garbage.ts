import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'

/** Has all that nothing holds collected, what a WeakRef has shown in this turn included. */
export async function collectGarbage(): Promise<void> {
  setFlagsFromString('--expose-gc')
  const collect: unknown = runInNewContext('gc')
  if (typeof collect !== 'function') throw new Error('this engine does not show its garbage collection')
  // What one collection finds unused may hold on to more, which the next one finds.
  for (let turn = 0; turn < 2; turn += 1) {
    await new Promise(setImmediate)
    collect()
  }
}
