import { isSpoken, type Member, read, unknownVersion } from '@clusterbus/protocol'

/** What the broker says first. */
export interface Welcome {
  readonly member: Member
  /** Largest payload that the broker takes, in bytes. */
  readonly payloadBytes: number
}

/** Throws `BAD_FRAME` for what no broker says, and `VERSION_MISMATCH` where it is not for this bus. */
export function readWelcome(text: string): Welcome {
  const { version, member, limits } = read.parseObject(text)
  if (!isSpoken(version)) throw unknownVersion(version)
  if (!isMember(member)) throw read.badFrame('a welcome without a member')
  if (typeof limits !== 'object' || limits === null || !('payloadBytes' in limits)) {
    throw read.badFrame('a welcome without limits')
  }
  // Compared with NaN, no payload would be small enough, and no frame too long.
  const { payloadBytes } = limits
  if (typeof payloadBytes !== 'number' || !Number.isSafeInteger(payloadBytes) || payloadBytes < 1) {
    throw read.badFrame('a welcome with a limit that is no whole number')
  }
  return { member: Object.freeze(member), payloadBytes }
}

function isMember(value: unknown): value is Member {
  if (typeof value !== 'object' || value === null) return false
  if (!('id' in value && 'name' in value && 'pid' in value && 'kind' in value)) return false
  return Number.isSafeInteger(value.id) && typeof value.name === 'string' && typeof value.kind === 'string'
}
