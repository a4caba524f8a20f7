import { expect, test } from 'vitest'
import type { Results } from '../src/report/results.ts'
import { Bench } from './support/bench.ts'

test('a scenario runs from source, and its results are JSON in which nothing is lost', async () => {
  const quick = ['--rounds', '1', '--ms', '100', '--peers', 'clusterbus,process-send']
  const { code, stdout, stderr } = await new Bench('one-to-one', '--json', ...quick).ended
  expect(stderr).toMatch(/^1\/1 one-to-one /)
  const { scenarios, machine } = JSON.parse(stdout) as Results
  expect(machine).toMatchObject({ node: process.version, cores: expect.any(Number) as number })
  expect(scenarios.map(({ name, rounds, windowMs }) => ({ name, rounds, windowMs }))).toEqual([
    { name: 'one-to-one', rounds: 1, windowMs: 100 },
  ])
  const entrants = scenarios[0]?.entrants ?? []
  expect(entrants.map(({ name }) => name)).toEqual(['clusterbus', 'process-send', 'codec-json'])
  for (const { lost, disordered, values } of entrants) {
    expect({ lost, disordered }).toEqual({ lost: 0, disordered: 0 })
    expect(values['perSecond']?.median).toBeGreaterThan(1_000)
  }
  expect(code).toBe(0)
})

test('a wrong name is told what there is, and ends with 2', async () => {
  const { code, stdout, stderr } = await new Bench('one-two-one').ended
  expect(stderr).toContain('bench: there is no scenario "one-two-one"; there are one-to-one')
  expect({ code, stdout }).toEqual({ code: 2, stdout: '' })
})

test('when it is interrupted, nothing that it has started goes on', async () => {
  const bench = new Bench('fan-in', '--ms', '60000', '--peers', 'clusterbus')
  await bench.measuring
  bench.child.kill('SIGINT')
  expect(await bench.ended).toMatchObject({ code: 130, stdout: '' })
})
