import { expect, test } from 'vitest'
import { cliOptions, UsageError } from '../../src/cli/options.ts'
import { scenarios } from '../../src/scenarios/index.ts'

function names(...args: string[]): string[] {
  return cliOptions(args, scenarios).scenarios.map(({ name }) => name)
}

test('without a name all are chosen, in their order, but for those that must be named', () => {
  const usual = scenarios.filter(({ byNameOnly }) => byNameOnly !== true)
  expect(names()).toEqual(usual.map(({ name }) => name))
  expect(names('stopped-member')).toEqual(['stopped-member'])
})

test('names choose, in the order of the list and each once', () => {
  expect(names('latency', 'one-to-one', 'latency')).toEqual(['one-to-one', 'latency'])
})

test('the beginning of several names stands for all of them', () => {
  expect(names('growth')).toEqual(['growth-subscriptions', 'growth-members'])
})

test('options are read', () => {
  const options = cliOptions(['--rounds', '2', '--ms', '100', '--json', '--peers', 'nats,clusterbus'], scenarios)
  expect(options).toMatchObject({ rounds: 2, windowMs: 100, json: true, peers: ['nats', 'clusterbus'] })
})

test.each([
  [['one-two-one'], 'there is no scenario "one-two-one"; there are one-to-one, '],
  [['--peers', 'nats,rabbit'], 'there is no peer "rabbit"; there are clusterbus, '],
  [['--rounds', '0'], '--rounds must be a whole number from 1 to 1000000, not "0"'],
  [['--ms', 'fast'], '--ms must be a whole number from 1 to 1000000, not "fast"'],
  [['--loud'], "Unknown option '--loud'"],
])('%j is refused and says what there is', (args, message) => {
  expect(() => cliOptions(args, scenarios)).toThrow(UsageError)
  expect(() => cliOptions(args, scenarios)).toThrow(message)
})

test('every scenario has a name of its own, and somebody to measure', () => {
  expect(new Set(scenarios.map(({ name }) => name)).size).toBe(scenarios.length)
  for (const { entrants } of scenarios) expect(entrants).not.toEqual([])
})
