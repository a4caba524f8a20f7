import type { Bus } from '@clusterbus/client'
import type { Events } from '../events.ts'
import { line, section } from '../report.ts'
import { workerNames } from '../workers.ts'
import { eventually } from './eventually.ts'
import type { Stage } from './story.ts'

/** Which worker did which job, as the workers say. */
export type JobLog = { readonly id: number; readonly worker: string }[]

export async function followJobs(bus: Bus<Events>): Promise<JobLog> {
  const log: JobLog = []
  await bus.subscribe('job-done', (done) => log.push(done)).ready
  return log
}

export async function jobs(stage: Stage): Promise<void> {
  section('Each job goes to one worker, in turn')
  await shareJobs(stage, [1, 2, 3, 4, 5, 6, 7, 8])
}

/** Has these jobs done, and expects each worker to do as many as the others. */
export async function shareJobs({ client, jobLog }: Stage, ids: readonly number[]): Promise<void> {
  const { worker } = await client.send('POST', '/jobs', { ids: ids.join() })
  line('request', `POST /jobs ids=${ids.join()}, served by ${worker}`)

  const share = ids.length / workerNames().length
  await eventually(async () => {
    for (const name of workerNames()) {
      const done = jobsOf(jobLog, ids, name).length
      if (done !== share) throw new Error(`${name} has done ${done} of ${ids.length} jobs, not ${share}`)
    }
  })
  for (const name of workerNames()) line(name, `did ${jobsOf(jobLog, ids, name).join(', ')}`)
}

function jobsOf(jobLog: JobLog, ids: readonly number[], name: string): number[] {
  return jobLog.filter(({ id, worker }) => worker === name && ids.includes(id)).map(({ id }) => id)
}
