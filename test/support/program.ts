/**
 * How a test starts a process that runs a fixture: `fork(programPath('http/fixtures/serves-express'), { execArgv:
 * programArgv })`. Before a run, every `test/FOLDER/fixtures/NAME.ts` has been made a program; nothing has to be listed.
 */

import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

const tests = fileURLToPath(new URL('..', import.meta.url))
/** Where the fixtures are as programs; outside of a test run there are only sources. */
const programs = process.env['CLUSTERBUS_FIXTURES']

/** Whether fixtures are programs already. */
export const isBundled: boolean = programs !== undefined
/** What Node needs to run a source. */
export const sourceArgv: readonly string[] = ['--import', 'tsx', '--conditions=@clusterbus/source']
/** What Node needs to run a fixture at its `programPath`. */
export const programArgv: readonly string[] = isBundled ? [] : sourceArgv

/** Where a fixture is that can be run; it is named by its path in `test`, without `.ts`. */
export function programPath(fixture: string): string {
  return programs === undefined ? join(tests, `${fixture}.ts`) : join(programs, `${fixture}.mjs`)
}
