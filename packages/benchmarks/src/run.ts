import type { Servers } from './arena/arena.ts'
import type { CliOptions } from './cli/options.ts'
import type { Progress } from './cli/progress.ts'
import { contest, orAborted } from './contest/contest.ts'
import type { Scenario } from './contest/scenario.ts'
import { type PeerName, peers } from './peers/catalogue.ts'
import type { ServerName } from './peers/peer.ts'
import { describeMachine, today } from './report/machine.ts'
import type { Missing, Results, ScenarioResult } from './report/results.ts'
import { type RunningServer, startServer } from './servers/servers.ts'

/**
 * Starts the servers that are needed, runs the scenarios one after the other, and stops all that was started, also when
 * something fails or when `signal` is aborted; then it rejects.
 */
export async function run(options: CliOptions, progress: Progress, signal: AbortSignal): Promise<Results> {
  const scenarios = options.scenarios.map((scenario) => withOptions(scenario, options))
  const running: RunningServer[] = []
  try {
    for (const name of neededServers(scenarios)) {
      const server = await orAborted(startServer(name), signal)
      if (server !== undefined) running.push(server)
    }
    const servers: Servers = Object.fromEntries(running.map((server) => [server.name, server]))
    const missing = missingPeers(scenarios, servers)
    for (const { peer, why } of missing) progress.say(`without ${peer}: ${why}`)
    const results: ScenarioResult[] = []
    for (const scenario of scenarios) results.push(await runScenario(scenario, servers, progress, signal))
    return { date: today(), machine: describeMachine(servers), missing, scenarios: results }
  } finally {
    progress.end()
    await Promise.all(running.map((server) => server.stop()))
  }
}

function withOptions(scenario: Scenario, options: CliOptions): Scenario {
  const { rounds = scenario.rounds, windowMs = scenario.windowMs } = options
  const entrants = scenario.entrants.filter(({ peer }) => options.peers.includes(peer))
  return { ...scenario, rounds, windowMs, entrants }
}

async function runScenario(
  scenario: Scenario,
  servers: Servers,
  progress: Progress,
  signal: AbortSignal,
): Promise<ScenarioResult> {
  const { rounds, windowMs } = scenario
  progress.scenario(scenario.name)
  const entrants = await contest(
    scenario.entrants.filter(({ peer }) => missingServer(peer, servers) === undefined),
    {
      rounds,
      setup: { servers, windowMs },
      signal,
      progress: ({ name }, round) => progress.round(name, round, rounds),
    },
  )
  return { ...scenario, entrants }
}

function neededServers(scenarios: readonly Scenario[]): Set<ServerName> {
  return new Set(peersOf(scenarios).flatMap((peer) => peers[peer].needs ?? []))
}

function missingPeers(scenarios: readonly Scenario[], servers: Servers): Missing[] {
  return peersOf(scenarios).flatMap((peer) => {
    const server = missingServer(peer, servers)
    return server === undefined ? [] : [{ peer: peers[peer].title, why: `${server}-server is not installed` }]
  })
}

/** The server that this peer needs and that does not run. */
function missingServer(peer: PeerName, servers: Servers): ServerName | undefined {
  const { needs } = peers[peer]
  return needs === undefined || needs in servers ? undefined : needs
}

function peersOf(scenarios: readonly Scenario[]): PeerName[] {
  return [...new Set(scenarios.flatMap(({ entrants }) => entrants.map(({ peer }) => peer)))]
}
