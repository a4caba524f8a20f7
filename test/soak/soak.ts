/** The program behind `pnpm soak`. */

import { createBroker } from '@clusterbus/broker'
import { createBus } from '@clusterbus/client'
import { type Books, Crew } from '../chaos/engine/crew.ts'
import { unlike } from '../chaos/engine/gauges.ts'
import { held, leakedSince } from '../chaos/engine/leaks.ts'
import { oneFile } from '../chaos/engine/member-program.ts'
import { killAllAtTheEnd } from '../chaos/engine/kill-all-at-the-end.ts'
import { Random } from '../support/random.ts'
import { churn } from './churn.ts'
import { help, readOptions, type SoakOptions } from './options.ts'
import { sampleProcess } from './process-sample.ts'
import { type Sample, trends } from './verdict.ts'

/** Samples at most, and as far apart at least; those of the first fifth of the time are left out. */
const samplesMax = 150
const sampleMsMin = 250
const killsAtATime = 2

killAllAtTheEnd()
const options = optionsOrExit()
if (options.wantsHelp) console.log(help)
else await soak()

async function soak(): Promise<void> {
  const program = await oneFile('member')
  // Numbers of topics fill their table within the first samples, and not over hours.
  await using broker = createBroker({ limits: { topicNames: 1_000 } })
  await using bus = createBus({ name: 'primary' })
  await bus.ready()
  const violations: string[] = []
  // Those who keep accounts hold more and more themselves.
  const nothing = (): void => undefined
  const books: Books = {
    violations,
    progress: ({ serial, faults }) => faults.forEach((fault) => violations.push(`member ${serial}: ${fault}`)),
    final: nothing,
    left: nothing,
    ready: nothing,
  }
  const order = { askEvery: 20, perSecond: 200, bytes: 100, slow: false }
  const crew = new Crew(program, order, books, new Random(options.seed))
  const idle = broker.stats()
  const bad = options.kills === undefined ? await stayLong(crew) : await killMany(crew, options.kills)
  await crew.close()
  bad.push(...violations, ...(await unlike(idle, () => broker.stats())))
  for (const what of bad) console.error(`BAD  ${what}`)
  if (bad.length > 0) process.exitCode = 1

  async function stayLong(members: Crew): Promise<string[]> {
    const ms = options.minutes * 60_000
    const begun = performance.now()
    const isOver = (): boolean => performance.now() - begun >= ms
    const churning = churn(members, bus, isOver)
    const samples = await sampleUntil(isOver, ms, begun)
    const changes = await churning
    const { published, delivered, requests } = broker.stats()
    console.log(`${changes} members replaced, ${published} published, ${delivered} delivered, ${requests} requests`)
    return judge(samples)
  }
}

async function sampleUntil(isOver: () => boolean, ms: number, begun: number): Promise<Sample[]> {
  const samples: Sample[] = []
  const everyMs = Math.max(sampleMsMin, ms / samplesMax)
  while (!isOver()) {
    await new Promise((resolve) => void setTimeout(resolve, everyMs))
    if (performance.now() - begun > ms / 5) samples.push(await sampleProcess())
  }
  return samples
}

function judge(samples: readonly Sample[]): string[] {
  return trends(samples).flatMap(({ figure, first, last, isFlat }) => {
    const said = `${figure.padEnd(13)} ${String(first).padStart(10)} in the first third, ${String(last).padStart(10)} in the last`
    console.log(`${isFlat ? 'flat' : 'GROWS'} ${said}`)
    return isFlat ? [] : [`${figure} grows`]
  })
}

async function killMany(crew: Crew, kills: number): Promise<string[]> {
  // The first ones load and open what stays.
  for (const hand of await crew.addMany(killsAtATime)) await crew.kill(hand)
  const before = held()
  const begun = performance.now()
  await crew.addMany(killsAtATime)
  for (let killed = 0; killed < kills; killed += killsAtATime) {
    await Promise.all([crew.addMany(killsAtATime), ...crew.ready.map((hand) => crew.kill(hand))])
  }
  await crew.close()
  const seconds = ((performance.now() - begun) / 1000).toFixed(0)
  const leaks = await leakedSince(before)
  const { descriptors, timers } = held()
  console.log(
    `${kills} workers killed in ${seconds} s; ${descriptors} descriptors (${before.descriptors} before), ${timers} timers (${before.timers} before)`,
  )
  return [...leaks]
}

function optionsOrExit(): SoakOptions {
  try {
    return readOptions(process.argv.slice(2))
  } catch (error) {
    console.error(error instanceof Error ? error.message : error)
    process.exit(2)
  }
}
