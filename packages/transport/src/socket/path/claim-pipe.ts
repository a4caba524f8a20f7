import { rmSync } from 'node:fs'
import { codeOf } from '../unless-code.ts'
import type { Claim, Listen, Taken } from './claim.ts'
import { pipeToken } from './pipe-token.ts'
import type { Place } from './place.ts'
import { readToken, type Token, writeToken } from './token.ts'

/**
 * The same on Windows, where the system gives the name of a pipe to one process at a time, until that ends. So it is first
 * come, first served, and nothing can be taken over from a broker that is only silent.
 */
export async function claimPipe(place: Place, token: Token, listen: Listen): Promise<Claim | Taken> {
  const file = pipeToken(place.path)
  const former = readToken(file)
  try {
    await listen(place.path)
  } catch (error) {
    if (codeOf(error) === 'EADDRINUSE') return { takenBy: former?.pid }
    throw error
  }
  const forget = (): void => rmSync(file, { force: true })
  forget()
  const formerLeasesMs = former?.leasesMs ?? 0
  writeToken(file, { ...token, leasesMs: Math.max(token.leasesMs, formerLeasesMs) })
  return {
    id: 'pipe',
    formerLeasesMs,
    isCurrent: true,
    publish: () => Promise.resolve(),
    outlastFormer: () => {
      forget()
      writeToken(file, token)
    },
    release: (hasLeases) => (hasLeases ? undefined : forget()),
    forget,
  }
}
