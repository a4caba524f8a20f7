import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { atExit } from './at-exit.ts'

export interface PrivateDirectory {
  readonly path: string
  remove(): void
}

/** A fresh directory that only this user can open. It is removed when the process ends, if not before. */
export function privateDirectory(): PrivateDirectory {
  const path = mkdtempSync(join(tmpdir(), 'clusterbus-bench-'))
  return { path, remove: atExit(() => rmSync(path, { recursive: true, force: true })) }
}
