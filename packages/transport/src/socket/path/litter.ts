import { readdirSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { nobodyListens } from '../nobody-listens.ts'
import { someOf } from '../some-of.ts'
import { stagingPrefix } from './claim.ts'
import { statOf } from './ownership.ts'
import type { Place } from './place.ts'

/** A directory this much older than the claim, in milliseconds, is of nobody who is just about to claim a path. */
const settledMs = 60_000
/** Most directories that are looked at in one go; others have their turn when the path is claimed again. */
const looksMax = 64

/** Removes what processes have left in the folder that were killed while they claimed a path. Never rejects. */
export async function removeLitter({ folder, claims }: Place, random: () => number = Math.random): Promise<void> {
  try {
    const { mtimeMs = 0 } = statOf(claims) ?? {}
    const names = readdirSync(folder).filter((name) => name.startsWith(stagingPrefix))
    for (const name of someOf(names, looksMax, random)) {
      const directory = join(folder, name)
      const stats = statOf(directory)
      if (stats?.isDirectory() !== true || stats.uid !== process.getuid?.()) continue
      if (stats.mtimeMs > mtimeMs - settledMs || (await isInUse(directory))) continue
      rmSync(directory, { recursive: true, force: true })
    }
  } catch {
    // Tidying up after others is a courtesy.
  }
}

async function isInUse(directory: string): Promise<boolean> {
  for (const name of readdirSync(directory)) {
    const path = join(directory, name)
    if (statOf(path)?.isSocket() === true && !(await nobodyListens(path))) return true
  }
  return false
}
