import { execFileSync } from 'node:child_process'
import { cpSync, mkdirSync, mkdtempSync, readdirSync, realpathSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'

const root = fileURLToPath(new URL('../../..', import.meta.url))
const fixtures = fileURLToPath(new URL('../fixtures', import.meta.url))
/** What our packages depend on, and who has it. */
const dependencies = {
  '@opentelemetry/api': 'opentelemetry',
  eventemitter3: 'transport',
  'lru-cache': 'cache',
  msgpackr: 'codec-msgpack',
}

/** What its tests are run with. */
const tools = ['esbuild', 'jest', 'tsx', 'vitest']

/** An app in a folder of its own: the fixtures, and what npm would install of the packages as they are published. */
export class PackedApp {
  readonly folder = realpathSync(mkdtempSync(join(tmpdir(), 'packed-')))

  constructor() {
    const tarballs = join(this.folder, 'tarballs')
    execFileSync(process.execPath, ['--import', 'tsx', 'scripts/bundle.ts'], { cwd: root, stdio: 'inherit' })
    const filters = ['--filter=./packages/*', '--filter=!@clusterbus/{benchmarks,testkit}']
    // Said in full: what npx was told that has started these tests would hold for this one too.
    const pnpm = ['--yes', '--loglevel=error', '--package=pnpm@10', '--', 'pnpm', '--recursive', ...filters]
    execFileSync('npx', [...pnpm, 'pack', '--pack-destination', tarballs], { cwd: root, stdio: 'pipe' })
    for (const tarball of readdirSync(tarballs)) {
      const name = /^clusterbus-(.*)-\d+\.\d+\.\d+\.tgz$/.exec(tarball)?.[1] ?? tarball
      const target = join(this.folder, 'node_modules', '@clusterbus', name)
      mkdirSync(target, { recursive: true })
      execFileSync('tar', ['-xzf', join(tarballs, tarball), '-C', target, '--strip-components=1'])
    }
    for (const [name, owner] of Object.entries(dependencies)) {
      const installed = realpathSync(join(root, 'packages', owner, 'node_modules', name))
      const place = join(this.folder, 'node_modules', name)
      mkdirSync(dirname(place), { recursive: true })
      symlinkSync(installed, place)
    }
    for (const name of tools) symlinkSync(installed(name), join(this.folder, 'node_modules', name))
    writeFileSync(join(this.folder, 'package.json'), '{ "private": true, "type": "module" }')
    cpSync(fixtures, this.folder, { recursive: true })
  }

  path(name: string): string {
    return join(this.folder, name)
  }

  remove(): void {
    rmSync(this.folder, { recursive: true, force: true })
  }
}

/** The folder of a package that the tests have installed. */
function installed(name: string): string {
  return dirname(fileURLToPath(import.meta.resolve(`${name}/package.json`)))
}
