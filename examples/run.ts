/** Runs an example by its name: `npx -y pnpm@10 example work-queue`. */

import { fileURLToPath, pathToFileURL } from 'node:url'
import { examples } from './list.ts'

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
