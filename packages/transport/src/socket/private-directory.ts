import { BusError, quoted } from '@clusterbus/protocol'
import { randomBytes } from 'node:crypto'
import { chmodSync, mkdtempSync, rmdirSync, unlinkSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { unlessCode } from './unless-code.ts'

/** How the name of each of our directories begins; the rest is random. */
export const directoryPrefix = 'clusterbus-'
/** The socket's name in its directory. */
export const socketName = 's'

/** A place for one socket that only this user can reach. */
export interface PrivateSocketPath {
  readonly path: string
  /** Removes the socket and its directory. Idempotent. */
  remove(): void
}

/**
 * Linux keeps 108 bytes for a socket's path with its closing zero, macOS and the BSDs 104. Node 20 cuts a longer one
 * short without a word, and would listen somewhere else.
 */
export const socketPathBytesMax: number = process.platform === 'linux' ? 107 : 103

/**
 * Makes a directory of mode 0700 with a random name, whatever the umask is, and names a socket in it. On Windows, where
 * a pipe has no directory, the name itself is random.
 * Throws `NOT_ALLOWED` when the system's folder for temporary files is unfit for it.
 */
export function makePrivateSocketPath(folder: string = tmpdir()): PrivateSocketPath {
  if (process.platform === 'win32') {
    return { path: `\\\\.\\pipe\\clusterbus-${randomBytes(16).toString('hex')}`, remove: () => undefined }
  }
  const prefix = join(folder, directoryPrefix)
  assertSocketPath(join(`${prefix}XXXXXX`, socketName))
  let directory: string
  try {
    directory = mkdtempSync(prefix)
    chmodSync(directory, 0o700)
  } catch (cause) {
    const message = `cannot make a private directory in ${quoted(folder)} for the broker's socket; set TMPDIR to a folder that is writable`
    throw new BusError('NOT_ALLOWED', message, { cause })
  }
  return {
    path: join(directory, socketName),
    remove: () => removeDirectory(directory),
  }
}

/**
 * Takes no descriptor, unlike `rmSync`, which reads the directory: a broker that got none for its socket has none for
 * this either. A file that somebody else has put there stays, and its directory with it.
 */
function removeDirectory(directory: string): void {
  unlessCode(['ENOENT'], () => unlinkSync(join(directory, socketName)))
  unlessCode(['ENOENT', 'ENOTEMPTY'], () => rmdirSync(directory))
}

/** Throws `NOT_ALLOWED` for a path that the system would cut short. */
export function assertSocketPath(path: string): void {
  const bytes = Buffer.byteLength(path)
  if (bytes <= socketPathBytesMax) return
  const message = `the socket path ${quoted(path)} has ${bytes} bytes, over the system's limit of ${socketPathBytesMax}; use a shorter one`
  throw new BusError('NOT_ALLOWED', message, { bytes, limit: socketPathBytesMax })
}
