import { readdirSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { bundle, removeBundle } from './bundle.ts'

const tests = fileURLToPath(new URL('..', import.meta.url))

/** Makes programs of all fixtures of the tests, `test/FOLDER/fixtures/NAME.ts`, once for a run. `program.ts` finds them. */
export default async function setup(): Promise<() => void> {
  const fixtures = readdirSync(tests, { encoding: 'utf8', recursive: true }).filter(isFixture)
  const folder = await bundle(...fixtures)
  process.env['CLUSTERBUS_FIXTURES'] = folder
  return () => removeBundle(folder)
}

function isFixture(path: string): boolean {
  return /^[\w-]+\/fixtures\/[\w-]+\.ts$/.test(path.replaceAll('\\', '/'))
}
