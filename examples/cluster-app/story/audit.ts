import { workerNames } from '../workers.ts'
import { expectEach } from './expect-each.ts'
import type { Stage } from './story.ts'

/** By now whatever was published has arrived, twice if something is wrong. */
export async function checkOnceMore({ client, jobLog }: Stage): Promise<void> {
  const [successor, ...veterans] = workerNames().toReversed()
  if (successor) await expectEach(client, [successor], '/logins', ['grace'])
  await expectEach(client, veterans, '/logins', ['ada', 'grace'])

  const jobs = jobLog.map(({ id }) => id).sort((a, b) => a - b)
  const expected = Array.from({ length: 12 }, (_, index) => index + 1)
  if (jobs.join() !== expected.join()) throw new Error(`jobs done: ${jobs.join()}, not ${expected.join()}`)
}
