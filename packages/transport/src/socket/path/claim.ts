import { BusError, quoted } from '@clusterbus/protocol'
import { randomBytes } from 'node:crypto'
import { chmodSync, linkSync, mkdtempSync, readdirSync, renameSync, rmdirSync, rmSync, unlinkSync } from 'node:fs'
import { join } from 'node:path'
import { nobodyListens } from '../nobody-listens.ts'
import { assertSocketPath } from '../private-directory.ts'
import { codeOf, unlessCode } from '../unless-code.ts'
import { tokenSuffix } from './holder.ts'
import { claimPipe } from './claim-pipe.ts'
import { notOurs, ownStatOf, prepareFolder, statOf } from './ownership.ts'
import type { Place } from './place.ts'
import { readToken, type Token, writeToken } from './token.ts'

/** How the name of a directory begins that is about to become a claim. */
export const stagingPrefix = '.cb-'
const linkSuffix = '.link'

/** Starts to listen at a path, for a claim on another. */
export type Listen = (path: string) => Promise<void>

/** Somebody else has the path. */
export interface Taken {
  readonly takenBy: number | undefined
}

/** The right to a path. */
export interface Claim {
  /** Never given twice. */
  readonly id: string
  /** For how long members of whoever had the path before may serve from caches, in milliseconds. */
  readonly formerLeasesMs: number
  /** Whether nobody has taken the path over. */
  readonly isCurrent: boolean
  /** Makes the path lead here again where it does not. Rejects with `NOT_ALLOWED` when something else is there. */
  publish(): Promise<void>
  /** Nobody of a broker before may serve from caches any more: whoever comes next need not wait for those. */
  outlastFormer(): void
  /** Leaves the path to others. With `hasLeases` the token stays, for whoever comes next to know. Idempotent. */
  release(hasLeases: boolean): void
  /** Removes what was left for whoever comes next. */
  forget(): void
}

/**
 * The claims directory of a path holds one entry or none: the socket of the broker that has it, under a name that is never
 * given again, with its token. Two things make this safe without a lock that somebody could die with. A directory can be
 * renamed to that name only while nothing stands in the one that is there, so of all who try, one gets it. And what is
 * removed is named by its owner, who was found dead: whoever is late with that removes nothing of the next. The path
 * itself is a second name of that socket, and written by nobody but whoever has the claim.
 */
class SocketClaim implements Claim {
  readonly id: string
  readonly formerLeasesMs: number
  readonly #place: Place
  readonly #entry: string
  readonly #inode: number
  readonly #token: Token

  constructor(place: Place, id: string, inode: number, formerLeasesMs: number, token: Token) {
    this.#place = place
    this.#token = token
    this.id = id
    this.#entry = join(place.claims, id)
    this.#inode = inode
    this.formerLeasesMs = formerLeasesMs
  }

  get isCurrent(): boolean {
    return statOf(this.#entry)?.ino === this.#inode
  }

  async publish(): Promise<void> {
    const { path } = this.#place
    if (statOf(path)?.ino === this.#inode) return
    await assertReplaceable(path)
    linkSync(this.#entry, this.#entry + linkSuffix)
    renameSync(this.#entry + linkSuffix, path)
    // If both were names of one socket already, renaming has done nothing.
    unlessCode(['ENOENT'], () => unlinkSync(this.#entry + linkSuffix))
  }

  outlastFormer(): void {
    if (!this.isCurrent) return
    writeToken(this.#entry + linkSuffix, this.#token)
    renameSync(this.#entry + linkSuffix, this.#entry + tokenSuffix)
  }

  release(hasLeases: boolean): void {
    if (!this.isCurrent) return
    const { path } = this.#place
    if (statOf(path)?.ino === this.#inode) unlessCode(['ENOENT'], () => unlinkSync(path))
    unlessCode(['ENOENT'], () => unlinkSync(this.#entry))
    if (!hasLeases) this.forget()
  }

  forget(): void {
    unlessCode(['ENOENT'], () => unlinkSync(this.#entry + tokenSuffix))
    unlessCode(['ENOENT', 'ENOTEMPTY', 'EEXIST'], () => rmdirSync(this.#place.claims))
  }
}

/**
 * Claims a path for the broker that `token` tells of, listening where `listen` is told to. Of any number of processes that
 * try at once, one gets it, and the others learn who. A broker whose process has ended has no claim; nor has the one named
 * `silentId`, which is not there to answer. Throws `NOT_ALLOWED` for a path that cannot be used.
 */
export async function claimPath(place: Place, token: Token, listen: Listen, silentId = ''): Promise<Claim | Taken> {
  if (process.platform === 'win32') return claimPipe(place, token, listen)
  prepareFolder(place)
  try {
    return await claimSocket(place, token, listen, silentId)
  } catch (cause) {
    if (cause instanceof BusError) throw cause
    const message = `listen: ${quoted(place.path)} cannot be used: ${String(cause)}`
    throw new BusError('NOT_ALLOWED', message, { cause })
  }
}

async function claimSocket(place: Place, token: Token, listen: Listen, silentId: string): Promise<Claim | Taken> {
  const id = randomBytes(6).toString('base64url')
  const staging = makeStaging(place, id)
  try {
    writeToken(join(staging, id + tokenSuffix), token)
    await listen(join(staging, id))
    chmodSync(join(staging, id), 0o600)
    const inode = statOf(join(staging, id))?.ino ?? 0
    const result = await contend(place, staging, id, token, silentId)
    if ('takenBy' in result) return result
    const claim = new SocketClaim(place, id, inode, result.formerLeasesMs, token)
    try {
      await claim.publish()
    } catch (error) {
      // What it has replaced may have told of leases, and whoever comes next still has to wait for those.
      claim.release(claim.formerLeasesMs > 0)
      throw error
    }
    return claim
  } finally {
    rmSync(staging, { recursive: true, force: true })
  }
}

function makeStaging({ folder }: Place, id: string): string {
  assertSocketPath(join(folder, `${stagingPrefix}XXXXXX`, id))
  const staging = mkdtempSync(join(folder, stagingPrefix))
  chmodSync(staging, 0o700)
  return staging
}

async function contend(
  place: Place,
  staging: string,
  ownId: string,
  token: Token,
  silentId: string,
): Promise<{ formerLeasesMs: number } | Taken> {
  let formerLeasesMs = 0
  for (;;) {
    const hadClaims = ownStatOf(place.claims, 'directory') !== undefined
    const ids = hadClaims ? idsIn(place.claims) : []
    for (const id of ids) {
      const former = readToken(join(place.claims, id + tokenSuffix))
      if (id !== silentId && !(await isDead(join(place.claims, id), join(staging, 'probe')))) {
        return { takenBy: former?.pid }
      }
      formerLeasesMs = Math.max(formerLeasesMs, former?.leasesMs ?? 0)
      removeEntry(place, id, id === silentId)
    }
    // An empty one says that somebody was there as well.
    if (hadClaims) formerLeasesMs = Math.max(formerLeasesMs, token.leasesMs)
    if (formerLeasesMs > token.leasesMs)
      inherit(join(staging, ownId + tokenSuffix), { ...token, leasesMs: formerLeasesMs })
    try {
      renameSync(staging, place.claims)
      return { formerLeasesMs }
    } catch (error) {
      if (!['ENOTEMPTY', 'EEXIST'].includes(codeOf(error))) throw error
    }
  }
}

/** Whoever follows on this claim may do so while leases of the one before are out, and waits for the longer of both. */
function inherit(file: string, token: Token): void {
  unlinkSync(file)
  writeToken(file, token)
}

/** All that have left something there; at most one of them is alive. */
function idsIn(claims: string): string[] {
  const names = unlessCode(['ENOENT'], () => readdirSync(claims)) ?? []
  return [...new Set(names.map((name) => name.replace(/\.(token|link)$/, '')))]
}

/** Asks under another name, because that of the entry may be too long for a socket. */
async function isDead(socket: string, probe: string): Promise<boolean> {
  const linked = unlessCode(['ENOENT'], () => {
    linkSync(socket, probe)
    return true
  })
  if (linked === undefined) return true
  try {
    return await nobodyListens(probe)
  } finally {
    unlinkSync(probe)
  }
}

function removeEntry({ path, claims }: Place, id: string, isSilent: boolean): void {
  const entry = join(claims, id)
  const inode = isSilent ? statOf(entry)?.ino : undefined
  // It still listens there, and would be taken for something else if whoever removes it were to die before it is replaced.
  if (inode !== undefined && statOf(path)?.ino === inode) unlessCode(['ENOENT'], () => unlinkSync(path))
  for (const suffix of ['', linkSuffix, tokenSuffix]) unlessCode(['ENOENT'], () => unlinkSync(entry + suffix))
}

/** Throws `NOT_ALLOWED` for what no broker has left behind. */
async function assertReplaceable(path: string): Promise<void> {
  const stats = statOf(path)
  if (stats === undefined) return
  if (!stats.isSocket()) throw notOurs(path, 'is no socket')
  if (stats.uid !== process.getuid?.()) throw notOurs(path, 'belongs to another user')
  if (await nobodyListens(path)) return
  // Somebody may have removed it meanwhile.
  if (statOf(path) !== undefined) throw notOurs(path, 'is a socket at which something else listens')
}
