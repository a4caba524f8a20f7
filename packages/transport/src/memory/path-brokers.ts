import type { ProcessBroker } from './process-brokers.ts'

/** Kept under a global symbol for the reason that `process-brokers.ts` gives. */
const key = Symbol.for('clusterbus.path-brokers.1')
const holder: typeof globalThis & { [key]?: () => Map<string, ProcessBroker> } = globalThis

/** The broker of this very process that listens at `path`: its own buses need no socket. */
export function pathBroker(path: string): ProcessBroker | undefined {
  return holder[key]?.().get(path)
}

/** A broker of this process listens at `path` from now on. */
export function registerPathBroker(path: string, broker: ProcessBroker): void {
  const brokers = holder[key]?.() ?? new Map<string, ProcessBroker>()
  holder[key] = () => brokers
  brokers.set(path, broker)
}

export function unregisterPathBroker(path: string, broker: ProcessBroker): void {
  const brokers = holder[key]?.()
  if (brokers?.get(path) === broker) brokers.delete(path)
}
