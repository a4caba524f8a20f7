/** Runs an example by its name: `npx -y pnpm@10 example work-queue`. */

import { fileURLToPath, pathToFileURL } from 'node:url'

const examples = new Map([
  ['access', 'access/main.ts'],
  ['cache-race', 'cache-race/main.ts'],
  ['cluster-app', 'cluster-app/primary.ts'],
  ['confirmed-config', 'confirmed-config/main.ts'],
  ['eslint', 'eslint/main.ts'],
  ['existing-app', 'existing-app/after/app.ts'],
  ['existing-app/before', 'existing-app/before/app.ts'],
  ['forked-children', 'forked-children/main.ts'],
  ['haraka', 'haraka/main.ts'],
  ['interceptors', 'interceptors/main.ts'],
  ['mixed-codecs', 'mixed-codecs/main.ts'],
  ['peer-server', 'peer-server/main.ts'],
  ['pm2', 'pm2/main.ts'],
  ['request-reply', 'request-reply/main.ts'],
  ['shared-cache', 'shared-cache/main.ts'],
  ['single-process', 'single-process/main.ts'],
  ['slow-subscriber', 'slow-subscriber/main.ts'],
  ['typed-events', 'typed-events/main.ts'],
  ['threads', 'threads/main.ts'],
  ['unrelated-processes', 'unrelated-processes/main.ts'],
  ['work-queue', 'work-queue/main.ts'],
])

const [name] = process.argv.slice(2)
const path = examples.get(name ?? '')

if (path === undefined) {
  console.error(name === undefined ? 'Which example?' : `There is no example ${name}.`)
  console.error(`There are:\n${[...examples.keys()].map((each) => `  npx -y pnpm@10 example ${each}`).join('\n')}`)
  process.exitCode = 1
} else {
  const file = fileURLToPath(new URL(path, import.meta.url))
  // As if it had been started itself: a primary starts its workers from there.
  process.argv.splice(1, 2, file)
  await import(pathToFileURL(file).href)
}
