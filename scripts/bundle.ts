/**
 * Makes one module of each entry of each public package, beside the declarations that `tsc -b` wrote. A process that
 * loads a bus reads 3 files and not 80, which takes less than half the time and half the memory.
 */

import { build } from 'esbuild'
import { readdirSync, readFileSync, rmSync } from 'node:fs'
import { join } from 'node:path'

interface Package {
  readonly private?: boolean
  readonly exports: Readonly<Record<string, { readonly '@clusterbus/source': string }>>
}

for (const name of readdirSync('packages')) {
  const folder = join('packages', name)
  const { private: isPrivate, exports: entries }: Package = JSON.parse(
    readFileSync(join(folder, 'package.json'), 'utf8'),
  )
  if (isPrivate === true) continue
  const outdir = join(folder, 'dist')
  const { metafile } = await build({
    entryPoints: Object.values(entries).map((entry) => join(folder, entry['@clusterbus/source'])),
    outdir,
    bundle: true,
    // Packages stay apart, so that all of a process share one of each.
    packages: 'external',
    splitting: true,
    platform: 'node',
    format: 'esm',
    target: 'node20.19',
    sourcemap: true,
    metafile: true,
  })
  // What an earlier build has left would be published as well. It goes last, so that nobody misses a module meanwhile.
  for (const file of readdirSync(outdir, { encoding: 'utf8', recursive: true })) {
    const path = join(outdir, file)
    if (/\.js(\.map)?$/.test(path) && !(path.replaceAll('\\', '/') in metafile.outputs)) rmSync(path)
  }
}
