import { isDeepStrictEqual } from 'node:util'
import type { Client } from './client.ts'

/** Throws unless each of these workers answers this. */
export async function expectEach(
  client: Client,
  workers: readonly string[],
  path: string,
  expected: unknown,
): Promise<void> {
  const answers = await client.askEach(workers, path)
  for (const [worker, answer] of Object.entries(answers)) {
    if (isDeepStrictEqual(answer, expected)) continue
    throw new Error(`${worker} answers GET ${path} with ${JSON.stringify(answer)}, not ${JSON.stringify(expected)}`)
  }
}
