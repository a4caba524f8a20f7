import { readdirSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { bundle, removeBundle } from './bundle.ts'

const fixtures = fileURLToPath(new URL('../cluster/fixtures/', import.meta.url))

/** Makes programs of the fixtures once for all test files, which find them by `CLUSTERBUS_FIXTURES`. */
export default async function setup(): Promise<() => void> {
  const sources = readdirSync(fixtures).filter((file) => file.endsWith('.ts'))
  const folder = await bundle(...sources.map((file) => fixtures + file))
  process.env['CLUSTERBUS_FIXTURES'] = folder
  return () => removeBundle(folder)
}
