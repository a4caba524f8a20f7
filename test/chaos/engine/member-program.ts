import { join } from 'node:path'
import { bundle, removeBundle } from '../../support/bundle.ts'
import { isBundled, programPath } from '../../support/program.ts'

/**
 * Makes a program of a fixture, unless a test run has made one. A member that is killed after a fifth of a second must have
 * started by then, and from a hundred sources it does not. The file goes away with this process.
 */
export async function oneFile(fixture: string): Promise<string> {
  const source = `chaos/fixtures/${fixture}`
  if (isBundled) return programPath(source)
  const folder = await bundle(`${source}.ts`)
  process.once('exit', () => removeBundle(folder))
  return join(folder, `${source}.mjs`)
}
