import { build } from 'esbuild'
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

const tests = fileURLToPath(new URL('..', import.meta.url))

/** Makes programs of sources of the tests. `cluster/fixtures/name.ts` becomes `cluster/fixtures/name.mjs`. */
export function bundle(...sources: readonly string[]): Promise<string> {
  // They load parts of themselves by name.
  return bundleOf(tests, sources, ['express', 'fastify'])
}

/**
 * Makes programs of sources below `root`, each with all that it imports, and returns their folder, in which they stand as
 * the sources do below `root`. A process that runs one has started in a fifth of the CPU time that loading a hundred
 * sources takes. What is `external` is left out, and found from `root`.
 */
export async function bundleOf(
  root: string,
  sources: readonly string[],
  external: readonly string[] = [],
): Promise<string> {
  // Below the root, so that what is not bundled is found from there.
  const cache = join(root, 'node_modules/.cache')
  mkdirSync(cache, { recursive: true })
  const folder = mkdtempSync(join(cache, 'programs-'))
  await build({
    entryPoints: sources.map((source) => join(root, source)),
    outdir: folder,
    outbase: root,
    outExtension: { '.js': '.mjs' },
    bundle: true,
    splitting: true,
    external: [...external],
    platform: 'node',
    format: 'esm',
    target: 'node20.19',
    conditions: ['@clusterbus/source'],
    // Libraries in CommonJS look for it.
    banner: { js: "import { createRequire } from 'node:module'; const require = createRequire(import.meta.url);" },
  })
  return folder
}

export function removeBundle(folder: string): void {
  rmSync(folder, { recursive: true, force: true })
}
