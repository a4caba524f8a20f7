import { quoted, spokenVersions, type SpokenVersions } from '@clusterbus/protocol'

/** What a bus says of itself at a path. Whoever says it can read the token, which says nothing of whether it is true. */
export interface Introduction extends SpokenVersions {
  readonly name: string | undefined
  /** Tells the bus from all others, over several links too. */
  readonly bus: string
  /** Of its process, for people to read. */
  readonly pid: number
}

/** Longest name and id of a bus, in characters. */
const wordMax = 255

export function writeIntroduction(name: string | undefined, bus: string): Buffer {
  const introduction: Introduction = { ...spokenVersions, name, bus, pid: process.pid }
  return Buffer.from(JSON.stringify(introduction))
}

/** Returns what is wrong with it where something is. */
export function readIntroduction(bytes: Buffer): Introduction | string {
  let value: unknown
  try {
    value = JSON.parse(bytes.toString())
  } catch {
    return 'is no JSON'
  }
  if (typeof value !== 'object' || value === null) return 'is no object'
  const { version, newest, name, bus, pid }: Partial<Record<string, unknown>> = { ...value }
  if (typeof version !== 'number' || typeof newest !== 'number') {
    return `has the versions ${quoted(version)} to ${quoted(newest)}`
  }
  if (name !== undefined && (typeof name !== 'string' || name === '' || name.length > wordMax)) {
    return `has the name ${quoted(name)}`
  }
  if (typeof bus !== 'string' || bus === '' || bus.length > wordMax) return `has the bus ${quoted(bus)}`
  if (typeof pid !== 'number' || !Number.isSafeInteger(pid) || pid < 0) return `has the process id ${quoted(pid)}`
  return { version, newest, name, bus, pid }
}
