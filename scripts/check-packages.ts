/** Packs every public package the way it is published, and checks the tarballs. */

import { spawnSync } from 'node:child_process'
import { mkdtempSync, readdirSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

const publicPackages = ['--filter=./packages/*', '--filter=!@clusterbus/{benchmarks,testkit}']

const folder = mkdtempSync(join(tmpdir(), 'clusterbus-packages-'))
try {
  run('tsx', 'scripts/bundle.ts')
  run('pnpm', '--recursive', ...publicPackages, 'pack', '--pack-destination', folder)
  for (const tarball of readdirSync(folder)) {
    run('publint', join(folder, tarball), '--strict')
    run('attw', join(folder, tarball), '--profile', 'esm-only')
    console.log(`${tarball} is packed as it should be`)
  }
} finally {
  rmSync(folder, { recursive: true })
}

/** Says nothing unless the command fails. */
function run(command: string, ...args: string[]): void {
  const { status, error, stdout, stderr } = spawnSync(command, args, { encoding: 'utf8' })
  if (status === 0) return
  console.error(stdout, stderr)
  throw new Error(`${command} ${args.join(' ')} failed`, { cause: error })
}
