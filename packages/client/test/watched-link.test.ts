import type { Link } from '@clusterbus/protocol'
import { FakeLink } from '@clusterbus/testkit'
import { type Holder, type Place, placeAt } from '@clusterbus/transport'
import { claimPath, PathGate } from '@clusterbus/transport/serving'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { beforeEach, expect, onTestFinished, test, vi } from 'vitest'
import { watchedLink } from '../src/node/watched-link.ts'

const times = { heartbeatMs: 500, silenceMs: 8_000, leasesMs: 2_000 }
/** It is looked at the silence of a broker eight times before that is too long. */
const stepMs = 1_000

beforeEach(() => {
  // Steps are taken when a test says so. What is said at the door is said over real sockets.
  vi.useFakeTimers({ toFake: ['setInterval', 'clearInterval'] })
  onTestFinished(() => void vi.useRealTimers())
})

/** A broker that has a path, as far as its door. */
interface Host {
  readonly gate: PathGate
  readonly holder: Holder
}

function newPlace(): Place {
  const folder = mkdtempSync(join(tmpdir(), 'watched-'))
  onTestFinished(() => rmSync(folder, { recursive: true }))
  return placeAt(join(folder, 's'), 'test')
}

/** Hosts at that path; `before` does not answer any more, and loses it. */
async function host(place: Place, before?: Host): Promise<Host> {
  const gate = new PathGate({ admitted: () => undefined, failed: () => undefined })
  onTestFinished(() => gate.close())
  const token = { ...times, secret: gate.secret, pid: process.pid }
  const claim = await claimPath(place, token, (path) => gate.listen(path), before?.holder.id)
  if ('takenBy' in claim) throw new Error('the path is taken')
  return { gate, holder: { id: claim.id, token } }
}

/** A link to that broker, which says nothing of itself; `givenUp` holds whether it was given up for silence, if it was. */
function watch(place: Place, { holder }: Host): { link: FakeLink; givenUp: boolean[]; causes: (Error | undefined)[] } {
  const link = new FakeLink()
  const givenUp: boolean[] = []
  const causes: (Error | undefined)[] = []
  const watched: Link = watchedLink(link, place, holder, (isSilent) => givenUp.push(isSilent))
  watched.open({ onChunk: () => undefined, onDrain: () => undefined, onClose: (cause) => causes.push(cause) })
  onTestFinished(() => link.receiver?.onClose())
  return { link, givenUp, causes }
}

/** Resolves when somebody has asked at that door, and has gone again. */
async function asked({ gate }: Host): Promise<void> {
  const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve))
  while (gate.waiting === 0) await turn()
  while (gate.waiting > 0) await turn()
}

test('a link is kept however silent it is, as long as its own broker answers at the door', async () => {
  const place = newPlace()
  const broker = await host(place)
  const { link, givenUp } = watch(place, broker)
  for (let question = 0; question < 10; question += 1) {
    vi.advanceTimersByTime(3 * stepMs)
    await asked(broker)
  }
  expect([givenUp, link.destroyed]).toEqual([[], false])
})

test('a link is given up when another broker answers at the door: its own was replaced', async () => {
  const place = newPlace()
  const stopped = await host(place)
  const successor = await host(place, stopped)
  const { link, givenUp, causes } = watch(place, stopped)
  vi.advanceTimersByTime(3 * stepMs)
  await asked(successor)
  expect([givenUp, link.destroyed]).toEqual([[false], true])
  link.receiver?.onClose()
  expect(causes).toEqual([new Error(`the broker of process ${process.pid} has been replaced`)])
})

test('a link that had its answers is given up all the same when its broker is replaced later', async () => {
  const place = newPlace()
  const first = await host(place)
  const { givenUp } = watch(place, first)
  vi.advanceTimersByTime(3 * stepMs)
  await asked(first)
  const successor = await host(place, first)
  expect(givenUp).toEqual([])
  vi.advanceTimersByTime(3 * stepMs)
  await asked(successor)
  expect(givenUp).toEqual([false])
})

test('a link is given up for silence when nobody answers', async () => {
  const place = newPlace()
  const broker = await host(place)
  broker.gate.close()
  const { link, givenUp } = watch(place, broker)
  vi.advanceTimersByTime(8 * stepMs)
  expect(givenUp).toEqual([])
  vi.advanceTimersByTime(stepMs)
  expect([givenUp, link.destroyed]).toEqual([[true], true])
})

test('nobody is asked while the link is heard', async () => {
  const place = newPlace()
  const stopped = await host(place)
  const successor = await host(place, stopped)
  const { link, givenUp } = watch(place, stopped)
  for (let step = 0; step < 20; step += 1) {
    vi.advanceTimersByTime(stepMs)
    link.say(Buffer.from('anything'))
  }
  expect(givenUp).toEqual([])
  // Until it falls silent.
  vi.advanceTimersByTime(3 * stepMs)
  await asked(successor)
  expect(givenUp).toEqual([false])
})
