import { existsSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { bundle, removeBundle } from './bundle.ts'

const tests = fileURLToPath(new URL('..', import.meta.url))
/** What `pnpm chaos` and `pnpm chaos:caches` start, which tests run as well. */
const commands = ['chaos/chaos.ts', 'chaos/caches/chaos-caches.ts']

/**
 * Makes programs of all fixtures of the tests, `test/FOLDER/fixtures/NAME.ts`, and of commands that tests run, once for a
 * run. `program.ts` finds them.
 */
export default async function setup(): Promise<() => void> {
  const folder = await bundle(...readdirSync(tests).flatMap(fixturesOf), ...commands)
  process.env['CLUSTERBUS_FIXTURES'] = folder
  return () => removeBundle(folder)
}

/** Looks nowhere else: other runs make and remove their own bundles below the tests meanwhile. */
function fixturesOf(folder: string): string[] {
  const fixtures = join(folder, 'fixtures')
  if (!existsSync(join(tests, fixtures))) return []
  return readdirSync(join(tests, fixtures))
    .filter((name) => name.endsWith('.ts'))
    .map((name) => join(fixtures, name))
}
