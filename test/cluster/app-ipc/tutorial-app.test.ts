import { beforeAll, describe, expect, test } from 'vitest'
import { type Ended, runProgram } from '../support/programs.ts'

describe.each(['json', 'advanced'])('with %s serialization', (serialization) => {
  let without: Ended

  beforeAll(async () => {
    without = await runProgram('runs-a-tutorial-app', { args: ['alone', '', serialization] })
  })

  test('the app works as the tutorial says', () => {
    const record = Object.fromEntries(JSON.parse(without.stdout).record)
    expect(without.code).toBe(0)
    expect(record['exit of 1']).toEqual(['[ 7, null, false ]'])
    expect(record['exit of 2']).toEqual(['[ 1, null, false ]'])
    expect(record['exit of 3']).toEqual(['[ 0, null, true ]'])
    expect(record['exit of 4']).toEqual([expect.stringContaining('SIGKILL')])
    for (const handler of ['cluster', 'process', 'worker']) expect(record[`${handler} from 1`]).toHaveLength(3)
  })

  test.each(['socket', 'ipc'])('its handlers see the same with a bus beside them, over %s', async (transport) => {
    const beside = await runProgram('runs-a-tutorial-app', { args: ['bus', transport, serialization] })
    const { record, members } = JSON.parse(beside.stdout)
    expect(record).toEqual(JSON.parse(without.stdout).record)
    expect(beside.code).toBe(without.code)
    expect(beside.stderr.match(/^Error: .*/gm)).toEqual(without.stderr.match(/^Error: .*/gm))
    expect(members).toBe(5)
  })
})
