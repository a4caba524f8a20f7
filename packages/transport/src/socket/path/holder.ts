import { readdirSync } from 'node:fs'
import { join } from 'node:path'
import { unlessCode } from '../unless-code.ts'
import { ownStatOf } from './ownership.ts'
import { pipeToken } from './pipe-token.ts'
import type { Place } from './place.ts'
import { readToken, type Token } from './token.ts'

/** The broker that a path belongs to, as it has made itself known; nothing says that it is still there. */
export interface Holder {
  /** Never given twice. */
  readonly id: string
  readonly token: Token
}

export const tokenSuffix = '.token'

/** Who has the path, or had it last; `undefined` when nobody. Throws `NOT_ALLOWED` where another user may have a hand in it. */
export function readHolder(place: Place): Holder | undefined {
  if (process.platform === 'win32') return holderOf('pipe', readToken(pipeToken(place.path)))
  if (ownStatOf(place.claims, 'directory') === undefined) return undefined
  for (const name of unlessCode(['ENOENT'], () => readdirSync(place.claims)) ?? []) {
    if (!name.endsWith(tokenSuffix)) continue
    const holder = holderOf(name.slice(0, -tokenSuffix.length), readToken(join(place.claims, name)))
    if (holder !== undefined) return holder
  }
  return undefined
}

function holderOf(id: string, token: Token | undefined): Holder | undefined {
  return token === undefined ? undefined : { id, token }
}
