import { existsSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { bundle, removeBundle } from './bundle.ts'

const tests = fileURLToPath(new URL('..', import.meta.url))

/** Makes programs of all fixtures of the tests, `test/FOLDER/fixtures/NAME.ts`, once for a run. `program.ts` finds them. */
export default async function setup(): Promise<() => void> {
  const folder = await bundle(...readdirSync(tests).flatMap(fixturesOf))
  process.env['CLUSTERBUS_FIXTURES'] = folder
  return () => removeBundle(folder)
}

/** Looks nowhere else: other runs make and remove their own bundles below the tests meanwhile. */
function fixturesOf(folder: string): string[] {
  const fixtures = join(tests, folder, 'fixtures')
  if (!existsSync(fixtures)) return []
  return readdirSync(fixtures)
    .filter((name) => name.endsWith('.ts'))
    .map((name) => `${folder}/fixtures/${name}`)
}
