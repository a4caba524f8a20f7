import { build } from 'esbuild'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

/**
 * Makes programs of sources, each with all that it imports, and returns their folder: `name.ts` becomes `name.mjs`. A
 * process that runs one has started in a tenth of the time that loading a hundred sources takes.
 */
export async function bundle(...sources: readonly string[]): Promise<string> {
  const folder = mkdtempSync(join(tmpdir(), 'programs-'))
  await build({
    entryPoints: [...sources],
    outdir: folder,
    outExtension: { '.js': '.mjs' },
    bundle: true,
    splitting: true,
    platform: 'node',
    format: 'esm',
    target: 'node20.19',
    conditions: ['@clusterbus/source'],
  })
  return folder
}

export function removeBundle(folder: string): void {
  rmSync(folder, { recursive: true, force: true })
}
