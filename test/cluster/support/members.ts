import type { BusOptions } from '@clusterbus/client'
import type { DoesAsTold } from '../fixtures/does-as-told.ts'
import { type ForkOptions, forkWorker, type TestWorker } from './workers.ts'

export type ToldWorker = TestWorker<DoesAsTold>

/** Forks a worker that does as told and has a bus that is connected. */
export async function joinWorker(bus: BusOptions = {}, options: ForkOptions = {}): Promise<ToldWorker> {
  const worker = forkWorker<DoesAsTold>('does-as-told', options)
  await worker.call('open', bus)
  await worker.call('ready')
  return worker
}

/** The same, several at a time, each with a name. */
export async function joinWorkers<const Names extends readonly string[]>(
  ...names: Names
): Promise<{ readonly [Index in keyof Names]: ToldWorker }> {
  const joined = await Promise.all(names.map((name) => joinWorker({ name })))
  // One for each name: `map` does not say so.
  return joined as unknown as { readonly [Index in keyof Names]: ToldWorker }
}

/** `0` to `count - 1`. */
export function numbersTo(count: number): number[] {
  return Array.from({ length: count }, (_, index) => index)
}
