import { createServer, type Server } from 'node:net'
import { linkSync, mkdtempSync, rmSync, unlinkSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { placeAt } from '../../src/index.ts'
import type { Place } from '../../src/index.ts'
import { type Claim, claimPath, PathGate } from '../../src/serving.ts'
import type { PathGateEvents } from '../../src/socket/path/path-gate.ts'

/** What is undone after each test, the last first. */
const undo: (() => unknown)[] = []

export function afterwards(step: () => unknown): void {
  undo.push(step)
}

export async function undoAll(): Promise<void> {
  for (const step of undo.splice(0).reverse()) await step()
}

export function newFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'path-'))
  afterwards(() => rmSync(folder, { recursive: true, force: true }))
  return folder
}

export function newPlace(folder: string = newFolder()): Place {
  return placeAt(join(folder, 'app.sock'), 'test')
}

const times = { heartbeatMs: 500, silenceMs: 10_000, leasesMs: 2_000 }

/** A gate that has claimed a path. */
export interface Held {
  readonly gate: PathGate
  readonly claim: Claim
}

/** Claims a path; the pid of whoever has it if that fails. */
export async function hold(
  place: Place,
  { events = {}, silentId, pid = process.pid, leasesMs = times.leasesMs }: HoldOptions = {},
): Promise<Held | number | undefined> {
  const gate = new PathGate({ admitted: () => undefined, failed: () => undefined, ...events })
  afterwards(() => gate.close())
  const token = { ...times, leasesMs, secret: gate.secret, pid }
  const result = await claimPath(place, token, (path) => gate.listen(path), silentId)
  return 'takenBy' in result ? result.takenBy : { gate, claim: result }
}

export interface HoldOptions {
  readonly events?: Partial<PathGateEvents>
  readonly silentId?: string
  readonly pid?: number
  readonly leasesMs?: number
}

export async function mustHold(place: Place, options?: HoldOptions): Promise<Held> {
  const held = await hold(place, options)
  if (typeof held !== 'object') throw new Error(`process ${held} has the path`)
  return held
}

/** Ends it as SIGKILL would: what is on disk stays. */
export function killed({ gate }: Held): void {
  gate.close()
}

export function listenAt(path: string): Promise<Server> {
  const server = createServer((socket) => socket.on('error', () => undefined).resume())
  afterwards(() => new Promise((resolve) => server.close(resolve)))
  return new Promise((resolve) => server.listen(path, () => resolve(server)))
}

/** A socket at which nobody listens. */
export async function leaveSocketBehind(path: string): Promise<void> {
  const server = createServer()
  await new Promise<void>((resolve) => server.listen(`${path}-`, resolve))
  linkSync(`${path}-`, path)
  unlinkSync(`${path}-`)
  await new Promise((resolve) => server.close(resolve))
}
