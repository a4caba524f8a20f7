/** Runs an example by its name: `npx -y pnpm@10 example work-queue`. */

import { spawnSync } from 'node:child_process'
import { fileURLToPath } from 'node:url'

const examples = new Map([
  ['cache-race', 'cache-race/main.ts'],
  ['cluster-app', 'cluster-app/primary.ts'],
  ['confirmed-config', 'confirmed-config/main.ts'],
  ['existing-app', 'existing-app/after/app.ts'],
  ['existing-app/before', 'existing-app/before/app.ts'],
  ['mixed-codecs', 'mixed-codecs/main.ts'],
  ['request-reply', 'request-reply/main.ts'],
  ['shared-cache', 'shared-cache/main.ts'],
  ['single-process', 'single-process/main.ts'],
  ['slow-subscriber', 'slow-subscriber/main.ts'],
  ['work-queue', 'work-queue/main.ts'],
])

const [name] = process.argv.slice(2)
const path = examples.get(name ?? '')

if (path === undefined) {
  console.error(name === undefined ? 'Which example?' : `There is no example ${name}.`)
  console.error(`There are:\n${[...examples.keys()].map((each) => `  npx -y pnpm@10 example ${each}`).join('\n')}`)
  process.exitCode = 1
} else {
  // Ctrl-C reaches the example as well, which then ends in its own way.
  const file = fileURLToPath(new URL(path, import.meta.url))
  const { status } = spawnSync(process.execPath, [...process.execArgv, file], { stdio: 'inherit' })
  process.exitCode = status ?? 1
}
