import { build } from 'esbuild'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

/**
 * Makes one file of a fixture and all that it imports, from source. A member that is killed after a fifth of a second
 * must have started by then, and from a hundred sources it does not. The file goes away with this process.
 */
export async function oneFile(fixture: string): Promise<string> {
  const folder = mkdtempSync(join(tmpdir(), 'chaos-'))
  process.once('exit', () => rmSync(folder, { recursive: true, force: true }))
  const outfile = join(folder, `${fixture}.mjs`)
  await build({
    entryPoints: [fileURLToPath(new URL(`../fixtures/${fixture}.ts`, import.meta.url))],
    outfile,
    bundle: true,
    platform: 'node',
    format: 'esm',
    target: 'node20.19',
    conditions: ['@clusterbus/source'],
  })
  return outfile
}
