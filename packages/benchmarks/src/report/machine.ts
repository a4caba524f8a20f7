import { readFileSync } from 'node:fs'
import { arch, availableParallelism, cpus, release, totalmem, type } from 'node:os'
import type { Servers } from '../arena/arena.ts'

/** Where a run was made, and with what. */
export interface Machine {
  readonly cpu: string
  readonly cores: number
  readonly memoryBytes: number
  readonly system: string
  readonly kernel: string
  readonly node: string
  /** Versions of the servers and of the packages that the peers are made of, by name. */
  readonly versions: Readonly<Record<string, string>>
}

export function describeMachine(servers: Servers): Machine {
  return {
    cpu: `${cpus()[0]?.model.trim() ?? 'unknown'} (${arch()})`,
    cores: availableParallelism(),
    memoryBytes: totalmem(),
    system: systemName(),
    kernel: `${type()} ${release()}`,
    node: process.version,
    versions: { ...serverVersions(servers), ...packageVersions() },
  }
}

/** Year, month and day. */
export function today(): string {
  return new Intl.DateTimeFormat('sv-SE', { dateStyle: 'short' }).format()
}

/** What peers are made of, as in the dependencies of this package. */
const peerPackages = ['ioredis', 'redis', '@nats-io/transport-node', 'socket.io', '@socket.io/cluster-adapter']

function serverVersions(servers: Servers): Record<string, string> {
  return Object.fromEntries(Object.entries(servers).map(([name, { version }]) => [`${name}-server`, version]))
}

function packageVersions(): Record<string, string> {
  return Object.fromEntries(peerPackages.map((name) => [name, versionOf(name)]))
}

function versionOf(name: string): string {
  const file = new URL(`../../node_modules/${name}/package.json`, import.meta.url)
  const content: unknown = JSON.parse(readFileSync(file, 'utf8'))
  return typeof content === 'object' && content !== null && 'version' in content ? String(content.version) : 'unknown'
}

function systemName(): string {
  try {
    return /^PRETTY_NAME="?([^"\n]*)/m.exec(readFileSync('/etc/os-release', 'utf8'))?.[1] ?? type()
  } catch {
    return type()
  }
}
