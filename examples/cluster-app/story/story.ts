import type { Bus } from '@clusterbus/client'
import type { Events } from '../events.ts'
import { line, list, section, success } from '../report.ts'
import { workerNames } from '../workers.ts'
import { checkOnceMore } from './audit.ts'
import { burst } from './burst.ts'
import { Client } from './client.ts'
import { config } from './config.ts'
import { crash } from './crash.ts'
import { followJobs, type JobLog, jobs } from './jobs.ts'
import { login } from './login.ts'
import { profile } from './profile.ts'

/** What every part of the story works with. */
export interface Stage {
  readonly bus: Bus<Events>
  readonly client: Client
  readonly jobLog: JobLog
}

/** Uses the app, tells what happened, and throws when it is not what should have happened. */
export async function tellStory({ bus, origin }: { bus: Bus<Events>; origin: string }): Promise<void> {
  const stage: Stage = { bus, client: new Client(origin), jobLog: await followJobs(bus) }

  section('A primary with a broker, and four HTTP workers on one port')
  line('primary', `pid ${process.pid}`)
  line('workers', list(workerNames()))
  line('listening', origin)

  for (const part of [login, profile, config, jobs, crash, burst]) await part(stage)
  await checkOnceMore(stage)

  const seconds = performance.now() / 1000
  success(`All as it should be: no message missing, none doubled. It took ${seconds.toFixed(1)} seconds.`)
}
