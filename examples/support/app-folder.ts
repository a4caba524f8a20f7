import { build } from 'esbuild'
import { mkdirSync, mkdtempSync, realpathSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { interruption } from './interruption.ts'

const ours = ['broker', 'client']

/** A temporary folder for an app, removed when it is disposed of. */
export interface AppFolder extends Disposable {
  readonly path: string
  write(file: string, text: string): void
  /** Puts a package of the examples into its node_modules. */
  link(name: string): void
}

/**
 * Makes a folder that is as an app has it after `npm install @clusterbus/broker @clusterbus/client`: they stand in its
 * `node_modules`, built as they are published, for CommonJS code to require.
 */
export async function createAppFolder(): Promise<AppFolder> {
  const path = realpathSync(mkdtempSync(join(tmpdir(), 'app-')))
  const folder: AppFolder = {
    path,
    write(file, text) {
      mkdirSync(dirname(join(path, file)), { recursive: true })
      writeFileSync(join(path, file), text)
    },
    link(name) {
      symlinkSync(packageFolder(name), join(path, 'node_modules', name), 'junction')
    },
    [Symbol.dispose]: () => rmSync(path, { recursive: true, force: true }),
  }
  try {
    await install(folder)
    interruption.throwIfAborted()
  } catch (error) {
    folder[Symbol.dispose]()
    throw error
  }
  return folder
}

/** Where a package lies that the examples have. */
export function packageFolder(name: string): string {
  return realpathSync(new URL(`../node_modules/${name}`, import.meta.url))
}

async function install(folder: AppFolder): Promise<void> {
  const entries = ours.map((name) => [`${name}/index`, fileURLToPath(import.meta.resolve(`@clusterbus/${name}`))])
  await build({
    entryPoints: Object.fromEntries(entries),
    outdir: join(folder.path, 'node_modules/@clusterbus'),
    bundle: true,
    // What both contain is there once, so that a bus finds the broker of its process.
    splitting: true,
    platform: 'node',
    format: 'esm',
    target: 'node20.19',
    conditions: ['@clusterbus/source'],
  })
  for (const name of ours) {
    const about = { name: `@clusterbus/${name}`, type: 'module', exports: './index.js' }
    folder.write(`node_modules/@clusterbus/${name}/package.json`, JSON.stringify(about))
  }
}
