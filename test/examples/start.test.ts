import { expect, test } from 'vitest'
import { runScript } from './support/run-script.ts'

const all = 'worker-1, worker-2, worker-3 and worker-4'

test('start tells its story, finds it right and leaves nothing behind', async () => {
  const { stdout, ...rest } = await runScript('start')
  expect({ ...rest, stdout }).toMatchObject({ code: 0, stderr: '', leftovers: [] })
  for (const line of [
    /^  listening  http:\/\/127\.0\.0\.1:\d+$/m,
    new RegExp(`^  seen by    ${all}$`, 'm'),
    new RegExp(`^  cached     Ada Lovelace, by ${all}$`, 'm'),
    /^  answer     \{"maxMegabytes":20.*\}, from the primary$/m,
    /^  worker-1   did \d, \d$/m,
    /^  killed     worker-3, pid \d+, with SIGKILL$/m,
    /^  members    primary, worker-1, worker-2, worker-4 and worker-5$/m,
    /^  worker-5   did \d+$/m,
    /^  published  [\d,]{4,} messages in [\d.]+ s: [\d,]{4,} a second$/m,
    /^  delivered  [\d,]{4,} messages in [\d.]+ s: [\d,]{4,} a second$/m,
    /^✓ All as it should be: no message missing, none doubled\. It took [\d.]+ seconds\.$/m,
  ]) {
    expect(stdout).toMatch(line)
  }
})

test.each(['listening', 'How much the bus carries'])('Ctrl-C at "%s" leaves nothing behind', async (interruptAt) => {
  const { stdout, ...rest } = await runScript('start', [], { interruptAt })
  expect(rest).toEqual({ code: 1, stderr: '\n✗ stopped by SIGINT\n', leftovers: [] })
  expect(stdout).not.toContain('✓')
})
