/** A primary with a broker, four HTTP workers, and a story that uses them. `pnpm start` runs it. */

import { createBroker } from '@clusterbus/broker'
import { createBus } from '@clusterbus/client'
import { failAfter, failOnSignal } from './deadline.ts'
import type { Events } from './events.ts'
import { answerRequests } from './records.ts'
import * as report from './report.ts'
import { tellStory } from './story/story.ts'
import { startWorkers, stopWorkers } from './workers.ts'

const interruption = Promise.race([failAfter(45_000), failOnSignal()])
// In a burst, a worker may have to wait for the processor longer than the second that is usual.
const broker = createBroker({ stallTimeout: 10_000 })
const bus = createBus<Events>({ name: 'primary' })
answerRequests(bus)

try {
  await Promise.race([run(), interruption])
  await stop()
} catch (error) {
  report.failure(error)
  await stop()
  process.exit(1)
}

async function run(): Promise<void> {
  const origin = await startWorkers(4)
  await tellStory({ bus, origin })
}

async function stop(): Promise<void> {
  await stopWorkers()
  await bus.drain()
  await broker.drain()
}
