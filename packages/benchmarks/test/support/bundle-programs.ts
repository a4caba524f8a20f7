import { build } from 'esbuild'
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

const root = fileURLToPath(new URL('../..', import.meta.url))
const programs = ['arena/primary', 'arena/worker', 'hits/program']

/**
 * Makes programs of what peers and caches start, once for all test files; `programPath` finds them by
 * `CLUSTERBUS_PROGRAMS`. Sixty processes that each load a hundred sources would take half a minute of CPU time. What is
 * not listed runs from source.
 */
export default async function setup(): Promise<() => void> {
  const cache = join(root, 'node_modules/.cache')
  mkdirSync(cache, { recursive: true })
  // In this package, so that its dependencies are found from there.
  const folder = mkdtempSync(join(cache, 'programs-'))
  writeFileSync(join(folder, 'package.json'), '{ "type": "module" }')
  const { dependencies }: { dependencies: Record<string, string> } = JSON.parse(
    readFileSync(join(root, 'package.json'), 'utf8'),
  )
  await build({
    entryPoints: programs.map((program) => join(root, 'src', `${program}.ts`)),
    outdir: folder,
    outbase: join(root, 'src'),
    bundle: true,
    // What a peer loads when it is asked for stays apart: else every process would load the libraries of all.
    splitting: true,
    external: Object.keys(dependencies).filter((name) => !name.startsWith('@clusterbus/')),
    platform: 'node',
    format: 'esm',
    target: 'node20.19',
    conditions: ['@clusterbus/source'],
  })
  process.env['CLUSTERBUS_PROGRAMS'] = folder
  return () => rmSync(folder, { recursive: true, force: true })
}
