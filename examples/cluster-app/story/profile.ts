import { line, list, section } from '../report.ts'
import { workerNames } from '../workers.ts'
import { eventually } from './eventually.ts'
import { expectEach } from './expect-each.ts'
import type { Stage } from './story.ts'

const path = '/profile?id=7'

export async function profile({ client }: Stage): Promise<void> {
  section('A changed profile leaves the caches of all workers')

  const workers = workerNames()
  await expectEach(client, workers, path, { name: 'Ada Byron', from: 'primary' })
  await eventually(() => expectEach(client, workers, path, { name: 'Ada Byron', from: 'cache' }))
  line('cached', `Ada Byron, by ${list(workers)}`)

  const { worker } = await client.send('PUT', '/profile', { id: '7', name: 'Ada Lovelace' })
  line('request', `PUT /profile id=7 name=Ada Lovelace, served by ${worker}`)

  // Answered when no worker has the old one any more: nobody need wait and look again.
  await expectEach(client, workers, path, { name: 'Ada Lovelace', from: 'primary' })
  await eventually(() => expectEach(client, workers, path, { name: 'Ada Lovelace', from: 'cache' }))
  line('cached', `Ada Lovelace, by ${list(workers)}`)
}
