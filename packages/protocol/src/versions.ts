import { BusError } from './errors.ts'
import { quoted } from './topics/topic.ts'

/**
 * Which versions of the protocol are spoken. A version is all that a member and a broker say to each other: the hello and
 * its answer, the preamble, and the frames. docs/protocol-versions.md says what makes a new one.
 *
 *     1  the first
 *     2  a hello tells the oldest and the newest version that its bus speaks, its welcome the one that holds; the broker
 *        tells a member what it may not publish (DENIED)
 */

/** The newest version that is spoken here. */
export const protocolVersion = 2
/** The oldest one, which is still served, and still asked for. */
export const oldestVersion = 1
/** The first version in which a member is told of messages that it may not publish. */
export const deniedVersion = 2

/** What a bus tells of itself in its hello: all versions from one to the other. */
export interface SpokenVersions {
  /** The oldest that it speaks. Brokers of version 1 take it for the only one. */
  readonly version: number
  /** The newest. A bus of version 1 does not tell. */
  readonly newest: number
}

/** The same as it came in: nobody has looked at it. */
interface ToldVersions {
  readonly version?: unknown
  readonly newest?: unknown
}

/** What every bus here says. */
export const spokenVersions: SpokenVersions = Object.freeze({ version: oldestVersion, newest: protocolVersion })

/** The version that a member is served in: the newest that both speak; `undefined` when there is none. */
export function agreeOnVersion({ version, newest = version }: ToldVersions): number | undefined {
  if (!isVersion(version) || !isVersion(newest)) return undefined
  const agreed = Math.min(newest, protocolVersion)
  return agreed >= version && agreed >= oldestVersion ? agreed : undefined
}

/** Whether members of that version are served, and brokers of it understood. */
export function isSpoken(version: unknown): version is number {
  return isVersion(version) && version >= oldestVersion && version <= protocolVersion
}

/** What a member is told that speaks no version of the broker's. It names both. */
export function versionMismatch({ version, newest = version }: ToldVersions): BusError {
  const message = `the member speaks ${named(version, newest)} of the protocol and the broker ${named(oldestVersion, protocolVersion)}; use the same version of clusterbus in both`
  return new BusError('VERSION_MISMATCH', message)
}

/** What a bus says that is welcomed in a version that it does not speak. */
export function unknownVersion(version: unknown): BusError {
  const message = `the broker speaks ${named(version, version)} of the protocol and this bus ${named(oldestVersion, protocolVersion)}; use the same version of clusterbus in both`
  return new BusError('VERSION_MISMATCH', message)
}

function isVersion(version: unknown): version is number {
  return typeof version === 'number' && Number.isInteger(version) && version >= 1 && version <= 0xffff
}

function named(oldest: unknown, newest: unknown): string {
  if (oldest === undefined) return 'an unknown version'
  return oldest === newest ? `version ${word(oldest)}` : `versions ${word(oldest)} to ${word(newest)}`
}

/** Whatever came over the link, in few characters. */
function word(version: unknown): string {
  return typeof version === 'number' ? String(version) : quoted(version)
}
