import { line, list, section } from '../report.ts'
import { workerNames } from '../workers.ts'
import { eventually } from './eventually.ts'
import { expectEach } from './expect-each.ts'
import type { Stage } from './story.ts'

export async function login({ client }: Stage): Promise<void> {
  section('A login on one worker is seen by all')

  const { worker } = await client.send('POST', '/login', { user: 'ada' })
  line('request', `POST /login user=ada, served by ${worker}`)

  const workers = workerNames()
  await eventually(() => expectEach(client, workers, '/logins', ['ada']))
  line('seen by', list(workers))
}
