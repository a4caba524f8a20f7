import type { Scenario } from '../contest/scenario.ts'

export const help: string = `pnpm bench [NAME...] [options]

Measures clusterbus and its peers alternately in one run. Without names: all usual scenarios, and then the results, the chart
and the table in the README are written anew. A name that is the beginning of several stands for all of them.

  --list        the scenarios, and who takes part
  --peers A,B   only these
  --rounds N    rounds of each scenario, in place of its own number
  --ms N        milliseconds that one measurement lasts, in place of the scenario's own
  --json        results as JSON, and nothing else on stdout; pnpm is to be told as well: pnpm --silent bench --json
  --help        this

It starts the servers that it needs, and stops them. Exit codes: 0; 1 when something failed, or when a message was lost
or came out of order; 2 when it was called in a wrong way.`

export function listOf(scenarios: readonly Scenario[]): string {
  const width = Math.max(...scenarios.map(({ name }) => name.length))
  return scenarios
    .map(
      ({ name, title, entrants }) => `${name.padEnd(width)}  ${title}: ${entrants.map((each) => each.name).join(', ')}`,
    )
    .join('\n')
}
