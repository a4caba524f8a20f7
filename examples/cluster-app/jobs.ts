import type { Bus } from '@clusterbus/client'
import type { Events } from './events.ts'

/** Does a share of the jobs: each goes to one worker of the group, in turn. */
export function doJobs(bus: Bus<Events>, worker: string): void {
  bus.subscribe('job', ({ id }) => bus.publish('job-done', { id, worker }), { group: 'workers' })
}
