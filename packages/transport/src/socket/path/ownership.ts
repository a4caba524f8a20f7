import { BusError, quoted } from '@clusterbus/protocol'
import { lstatSync, mkdirSync, type Stats, statSync } from 'node:fs'
import { unlessCode } from '../unless-code.ts'
import type { Place } from './place.ts'

const othersMayWrite = 0o022
const othersMayAnything = 0o077
const sticky = 0o1000

/**
 * Makes the folder of a socket if there is none, for this user alone. Throws `NOT_ALLOWED` for one in which others could
 * put something else in the socket's place.
 */
export function prepareFolder({ folder, path }: Place): void {
  const refused = (why: string, cause?: unknown): BusError =>
    new BusError('NOT_ALLOWED', `listen: ${quoted(path)} cannot be used: ${why}`, { cause })
  let stats: Stats
  try {
    mkdirSync(folder, { recursive: true, mode: 0o700 })
    stats = statSync(folder)
  } catch (cause) {
    throw refused(`there is no folder ${quoted(folder)}, and it cannot be made`, cause)
  }
  if (!stats.isDirectory()) throw refused(`${quoted(folder)} is no folder`)
  if (stats.uid !== 0 && stats.uid !== ownUser()) {
    throw refused(`the folder ${quoted(folder)} belongs to another user; use one of your own`)
  }
  if ((stats.mode & othersMayWrite) !== 0 && (stats.mode & sticky) === 0) {
    const remedy = `take that right away (chmod go-w), or use another folder`
    throw refused(`others may write in the folder ${quoted(folder)}, and so put a socket of theirs there; ${remedy}`)
  }
}

/** What stands at `path`; `undefined` when nothing does. Links are not followed. */
export function statOf(path: string): Stats | undefined {
  return lstatSync(path, { throwIfNoEntry: false })
}

/** The same, for what others may not reach. Throws `NOT_ALLOWED` for what is not this user's alone, or of another kind. */
export function ownStatOf(path: string, kind: 'socket' | 'directory'): Stats | undefined {
  const stats = unlessCode(['ENOTDIR'], () => statOf(path))
  if (stats === undefined) return undefined
  const isKind = kind === 'socket' ? stats.isSocket() : stats.isDirectory()
  if (!isKind) throw notOurs(path, `is no ${kind}`)
  assertOwn(path, stats)
  return stats
}

/** Throws `NOT_ALLOWED` for what another user has made, or can reach. */
export function assertOwn(path: string, { uid, mode }: Stats): void {
  if (uid !== ownUser()) throw notOurs(path, 'belongs to another user')
  if ((mode & othersMayAnything) !== 0) throw notOurs(path, 'is open to other users')
}

export function notOurs(path: string, why: string): BusError {
  const message = `${quoted(path)} ${why}, so no broker of this user has put it there; use another path, or remove it`
  return new BusError('NOT_ALLOWED', message)
}

function ownUser(): number {
  // There is no such number on Windows, where this is not asked.
  return process.getuid?.() ?? -1
}
