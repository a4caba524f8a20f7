import { getEnvironmentData, setEnvironmentData, threadId } from 'node:worker_threads'

/** Threads inherit what stands by this name when they are started, and those that they start do. */
const name = 'clusterbus.desk.1'

/** Kept under a global symbol, because an app may have loaded the module twice. */
const key = Symbol.for('clusterbus.desk-holds.1')
const holder: typeof globalThis & { [key]?: { count: number; readonly before: number | undefined } } = globalThis

/** The desk that is nearest among the threads that this one descends from. */
export function inheritedDesk(): number | undefined {
  const desk: unknown = getEnvironmentData(name)
  return typeof desk === 'number' ? desk : undefined
}

/** Threads that are started from here on know that this thread has a desk, until the returned function is called. */
export function bequeathDesk(): () => void {
  const holds = (holder[key] ??= { count: 0, before: inheritedDesk() })
  holds.count += 1
  setEnvironmentData(name, threadId)
  return () => {
    holds.count -= 1
    if (holds.count > 0) return
    delete holder[key]
    setEnvironmentData(name, holds.before)
  }
}
