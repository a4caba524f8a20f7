import { chmodSync, closeSync, constants, fstatSync, openSync, readFileSync, writeFileSync } from 'node:fs'
import { unlessCode } from '../unless-code.ts'
import { assertOwn } from './ownership.ts'

/** What a broker lets the processes of its user know, in a file that they alone can read. */
export interface Token {
  /** What both sides prove to each other that they know. */
  readonly secret: Buffer
  /** The broker's process, for people to read. */
  readonly pid: number
  /** How long the broker waits for a member that is silent before it asks whether it is there, in milliseconds. */
  readonly heartbeatMs: number
  /** After how long a broker that says nothing may be taken for gone, in milliseconds. */
  readonly silenceMs: number
  /** For how long its members may serve from caches when it is gone, in milliseconds. */
  readonly leasesMs: number
}

export const secretBytes = 32
const fileBytesMax = 4 * 1024

/** Writes a file that must not be there yet. */
export function writeToken(path: string, { secret, ...rest }: Token): void {
  writeFileSync(path, JSON.stringify({ ...rest, secret: secret.toString('hex') }), { mode: 0o600, flag: 'wx' })
  // Whatever the umask is.
  chmodSync(path, 0o600)
}

/**
 * The token in a file; `undefined` when there is none, or only half of one. Throws `NOT_ALLOWED` for one that others can
 * read, or have written.
 */
export function readToken(path: string): Token | undefined {
  const file = unlessCode(['ENOENT'], () => openSync(path, constants.O_RDONLY | (constants.O_NOFOLLOW ?? 0)))
  if (file === undefined) return undefined
  try {
    const stats = fstatSync(file)
    if (process.platform !== 'win32') assertOwn(path, stats)
    return stats.size > fileBytesMax ? undefined : parseToken(readFileSync(file, 'utf8'))
  } finally {
    closeSync(file)
  }
}

function parseToken(text: string): Token | undefined {
  let value: unknown
  try {
    value = JSON.parse(text)
  } catch {
    return undefined
  }
  if (typeof value !== 'object' || value === null) return undefined
  const { secret, pid, heartbeatMs, silenceMs, leasesMs }: Partial<Record<string, unknown>> = { ...value }
  if (typeof secret !== 'string' || !/^[0-9a-f]{64}$/.test(secret)) return undefined
  if (!isMilliseconds(pid) || !isMilliseconds(heartbeatMs) || !isMilliseconds(silenceMs)) return undefined
  if (!isMilliseconds(leasesMs)) return undefined
  return { secret: Buffer.from(secret, 'hex'), pid, heartbeatMs, silenceMs, leasesMs }
}

/** What a timer can wait, which is as good for the number of a process. */
function isMilliseconds(value: unknown): value is number {
  return typeof value === 'number' && value >= 0 && value <= 2 ** 31 - 1
}
