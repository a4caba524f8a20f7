import { line, list, section } from '../report.ts'
import { pidOf, replaceWorker } from '../workers.ts'
import { eventually } from './eventually.ts'
import { expectEach } from './expect-each.ts'
import { shareJobs } from './jobs.ts'
import type { Stage } from './story.ts'

const victim = 'worker-3'

export async function crash(stage: Stage): Promise<void> {
  section('A worker is killed, and its successor joins in')
  const { bus, client } = stage

  line('killed', `${victim}, pid ${pidOf(victim)}, with SIGKILL`)
  const successor = await replaceWorker(victim)
  const members = (await bus.members()).map(({ name }) => name).sort()
  line('members', list(members))
  if (members.includes(victim) || !members.includes(successor)) {
    throw new Error(`the members should be with ${successor} and without ${victim}`)
  }

  const { worker } = await client.send('POST', '/login', { user: 'grace' })
  line('request', `POST /login user=grace, served by ${worker}`)
  await eventually(() => expectEach(client, [successor], '/logins', ['grace']))
  line('seen by', `${successor}, too`)

  await shareJobs(stage, [9, 10, 11, 12])
}
