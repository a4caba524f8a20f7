import { parseArgs, type ParseArgsConfig } from 'node:util'
import type { Scenario } from '../contest/scenario.ts'
import { type PeerName, peers } from '../peers/catalogue.ts'

/** What the user asks for. */
export interface CliOptions {
  readonly scenarios: readonly Scenario[]
  readonly peers: readonly PeerName[]
  readonly json: boolean
  readonly rounds: number | undefined
  readonly windowMs: number | undefined
  readonly show: 'help' | 'list' | undefined
}

/** The command was called in a way that it does not know. Its message says what it knows. */
export class UsageError extends Error {}

const config = {
  allowPositionals: true,
  options: {
    json: { type: 'boolean', default: false },
    rounds: { type: 'string' },
    ms: { type: 'string' },
    peers: { type: 'string' },
    list: { type: 'boolean', default: false },
    help: { type: 'boolean', short: 'h', default: false },
  },
} satisfies ParseArgsConfig

/** Throws {@link UsageError}. */
export function cliOptions(args: readonly string[], scenarios: readonly Scenario[]): CliOptions {
  const { values, positionals } = parsed(args)
  return {
    scenarios: positionals.length === 0 ? usual(scenarios) : scenarios.filter(chosen(positionals, scenarios)),
    peers: values.peers === undefined ? peerNames() : values.peers.split(',').map(peerName),
    json: values.json,
    rounds: wholeNumber('--rounds', values.rounds),
    windowMs: wholeNumber('--ms', values.ms),
    show: values.help ? 'help' : values.list ? 'list' : undefined,
  }
}

/** Those that need not be named. */
export function usual(scenarios: readonly Scenario[]): Scenario[] {
  return scenarios.filter(({ byNameOnly }) => byNameOnly !== true)
}

type Parsed = ReturnType<typeof parseArgs<typeof config>>

function parsed(args: readonly string[]): Parsed {
  try {
    return parseArgs({ ...config, args: [...args] })
  } catch (error) {
    throw new UsageError(error instanceof Error ? error.message : String(error), { cause: error })
  }
}

/** A name stands for the scenario that bears it, or for those whose names begin with it. */
function chosen(names: readonly string[], all: readonly Scenario[]): (scenario: Scenario) => boolean {
  const exact = new Set(all.map(({ name }) => name))
  const found = new Set<Scenario>()
  for (const name of names) {
    const these = all.filter(
      (scenario) => scenario.name === name || (!exact.has(name) && scenario.name.startsWith(`${name}-`)),
    )
    if (these.length === 0)
      throw new UsageError(`there is no scenario ${quoted(name)}; there are ${[...exact].join(', ')}`)
    for (const scenario of these) found.add(scenario)
  }
  return (scenario) => found.has(scenario)
}

function peerName(name: string): PeerName {
  const found = peerNames().find((peer) => peer === name)
  if (found === undefined) throw new UsageError(`there is no peer ${quoted(name)}; there are ${peerNames().join(', ')}`)
  return found
}

function peerNames(): PeerName[] {
  return Object.keys(peers) as PeerName[]
}

function wholeNumber(option: string, text: string | undefined): number | undefined {
  if (text === undefined) return undefined
  const value = Number(text)
  if (/^\d+$/.test(text) && value >= 1 && value <= 1_000_000) return value
  throw new UsageError(`${option} must be a whole number from 1 to 1000000, not ${quoted(text)}`)
}

function quoted(text: string): string {
  return JSON.stringify(text)
}
