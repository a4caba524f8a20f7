import { lstat, readdir, rm } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { nobodyListens } from './nobody-listens.ts'
import { directoryPrefix, socketName } from './private-directory.ts'
import { someOf } from './some-of.ts'

/** A directory this much older than ours, in milliseconds, is no broker that is just starting. */
const settledMs = 60_000
/** Most directories that are looked at in one go; others have their turn when another broker starts. */
const looksMax = 64

/**
 * Removes what brokers have left that were killed before they could clean up: directories of this user, beside the one
 * of the broker whose socket is `ownPath`, with a socket that nobody listens to any more. Never rejects; what cannot be
 * judged stays.
 */
export async function removeStaleDirectories(ownPath: string, random: () => number = Math.random): Promise<void> {
  if (process.platform === 'win32') return
  try {
    const own = dirname(ownPath)
    const folder = dirname(own)
    const { mtimeMs } = await lstat(own)
    const names = (await readdir(folder)).filter((name) => name.startsWith(directoryPrefix))
    for (const name of someOf(names, looksMax, random)) {
      const directory = join(folder, name)
      if (directory !== own && (await isStale(directory, mtimeMs - settledMs))) {
        await rm(directory, { recursive: true, force: true })
      }
    }
  } catch {
    // Tidying up after others is a courtesy, and no reason for a broker not to start.
  }
}

async function isStale(directory: string, olderThanMs: number): Promise<boolean> {
  try {
    const stats = await lstat(directory)
    if (!stats.isDirectory() || stats.uid !== process.getuid?.() || stats.mtimeMs > olderThanMs) return false
    return await nobodyListens(join(directory, socketName))
  } catch {
    // Gone meanwhile.
    return false
  }
}
