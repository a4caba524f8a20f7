import type { OverflowPolicy } from '@clusterbus/protocol'
import { parseArgs } from 'node:util'
import type { BrokerOptions } from '../node/broker-options.ts'

export const help = `clusterbus-broker --path PATH [options]

Runs a broker in a process of its own. Every process of the same user finds it with createBus({ path: 'PATH' }).

  --path PATH                where it listens: a Unix socket, or a named pipe on Windows
  --overflow POLICY          what becomes of messages that a member does not take in time: block, drop-oldest,
                             drop-newest or disconnect; default block
  --stall-timeout MS         how long a member may leave its queue too full; default 1000
  --heartbeat-interval MS    after how long a silent member is asked whether it is there; default 500
  --silence-timeout MS       how long it may leave that unanswered; default 10000
  --lease-duration MS        how long members may serve from caches unless they ask again; default 1500
  --drain-timeout MS         how long members may take to read what waits for them at the end; default 5000
  --limit NAME=NUMBER        one of the limits of a broker, such as payloadBytes=2097152; may be given again
  --help                     prints this
  --version                  prints the version

SIGTERM and SIGINT end it when what it has taken is delivered, a second signal at once. It exits with 0 then, with 1 when
the path cannot be used, is taken or is lost to another broker, and with 2 when it is told something that it does not understand.
`

const durations = {
  'stall-timeout': 'stallTimeout',
  'heartbeat-interval': 'heartbeatInterval',
  'silence-timeout': 'silenceTimeout',
  'lease-duration': 'leaseDuration',
  'drain-timeout': 'drainTimeout',
} as const
type Duration = (typeof durations)[keyof typeof durations]

const overflowPolicies: readonly OverflowPolicy[] = ['block', 'drop-oldest', 'drop-newest', 'disconnect']

/** What the program is told to do. Throws for what it does not understand; `createBroker` checks the values. */
export function parseArguments(
  args: string[],
): 'help' | 'version' | { readonly path: string; readonly options: BrokerOptions } {
  const text = { type: 'string' } as const
  const flag = { type: 'boolean' } as const
  const { values } = parseArgs({
    args,
    options: {
      path: text,
      overflow: text,
      'stall-timeout': text,
      'heartbeat-interval': text,
      'silence-timeout': text,
      'lease-duration': text,
      'drain-timeout': text,
      limit: { type: 'string', multiple: true },
      help: flag,
      version: flag,
    },
  })
  if (values.help === true) return 'help'
  if (values.version === true) return 'version'
  const { path, overflow, limit = [] } = values
  if (path === undefined || path === '') throw new Error('--path is missing')
  const limits = Object.fromEntries(limit.map(limitOf))
  return { path, options: { limits, ...policyOf(overflow), ...durationsOf(values) } }
}

function durationsOf(values: Readonly<Record<string, unknown>>): Pick<BrokerOptions, Duration> {
  const given = Object.entries(durations).flatMap(([name, option]) => {
    const value = values[name]
    return typeof value === 'string' ? [[option, numberOf(`--${name}`, value)]] : []
  })
  return Object.fromEntries(given)
}

function policyOf(word: string | undefined): Pick<BrokerOptions, 'overflow'> {
  if (word === undefined) return {}
  const overflow = overflowPolicies.find((policy) => policy === word)
  if (overflow !== undefined) return { overflow }
  throw new Error(`--overflow must be ${overflowPolicies.join(', ')}, not ${JSON.stringify(word)}`)
}

function limitOf(text: string): [string, number] {
  const [name = '', value, ...rest] = text.split('=')
  if (value === undefined || rest.length > 0)
    throw new Error(`--limit must be NAME=NUMBER, not ${JSON.stringify(text)}`)
  return [name, numberOf(`--limit ${name}`, value)]
}

function numberOf(option: string, text: string): number {
  if (/^\d+$/.test(text)) return Number(text)
  throw new Error(`${option} must be a whole number, not ${JSON.stringify(text)}`)
}
