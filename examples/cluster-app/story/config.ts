import { line, section } from '../report.ts'
import { workerNames } from '../workers.ts'
import { expectEach } from './expect-each.ts'
import type { Stage } from './story.ts'

export async function config({ client }: Stage): Promise<void> {
  section('The primary answers requests of its workers')

  const path = '/config?key=uploads'
  const { worker, body } = await client.send('GET', path)
  line('request', `GET ${path}, served by ${worker}`)
  line('answer', `${JSON.stringify(body)}, from the primary`)

  await expectEach(client, workerNames(), path, { maxMegabytes: 20, types: ['png', 'pdf'] })
}
