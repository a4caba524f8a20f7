import { join } from 'node:path'
import { bundle, removeBundle } from '../../support/bundle.ts'

/**
 * Makes a program of a fixture. A member that is killed after a fifth of a second must have started by then, and from a
 * hundred sources it does not. The file goes away with this process.
 */
export async function oneFile(fixture: string): Promise<string> {
  const folder = await bundle(`chaos/fixtures/${fixture}.ts`)
  process.once('exit', () => removeBundle(folder))
  return join(folder, `chaos/fixtures/${fixture}.mjs`)
}
