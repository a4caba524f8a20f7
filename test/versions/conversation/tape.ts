import { readFileSync } from 'node:fs'

export const partyNames = ['a', 'b', 'c'] as const
export type PartyName = (typeof partyNames)[number]

/** What one member has said, or was told, in one go; `end` where a side has closed the link. */
type Line = readonly [who: PartyName, way: 'said' | 'told', bytes: string]

/** A part of the conversation, from when it was begun until all was quiet. */
export interface TapedStep {
  readonly name: string
  readonly lines: readonly Line[]
  /** What each bus told its app meanwhile. */
  readonly notes: Readonly<Record<PartyName, readonly string[]>>
}

/** A conversation of a version, byte by byte. */
export interface Tape {
  readonly version: number
  /** What a bus says first on the IPC channel, but for its key and its id, and what it shows on the socket. */
  readonly hello: Readonly<Record<string, unknown>>
  readonly preamble: string
  readonly steps: readonly TapedStep[]
}

/** The conversation of that version, as it was. */
export function readTape(version: number): Tape {
  return JSON.parse(readFileSync(new URL(`../fixtures/version-${version}.json`, import.meta.url), 'utf8'))
}
