import { constants } from 'node:os'

const cleanUps = new Set<() => void>()
const signals = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const

/** Runs `cleanUp` once: when what is returned is called, or at the latest when this process ends, by a signal too. */
export function atExit(cleanUp: () => void): () => void {
  if (cleanUps.size === 0) listen()
  const once = (): void => {
    if (cleanUps.delete(once)) cleanUp()
    if (cleanUps.size === 0) unlisten()
  }
  cleanUps.add(once)
  return once
}

function listen(): void {
  process.on('exit', cleanUpAll)
  for (const signal of signals) process.on(signal, endBy)
}

function unlisten(): void {
  process.off('exit', cleanUpAll)
  for (const signal of signals) process.off(signal, endBy)
}

/** Where somebody else listens to the signal too, they decide when to end. */
function endBy(signal: (typeof signals)[number]): void {
  if (process.listenerCount(signal) === 1) process.exit(128 + constants.signals[signal])
}

/** The last comes first: a process ends before the directory that it uses is removed. */
function cleanUpAll(): void {
  for (const cleanUp of [...cleanUps].toReversed()) cleanUp()
}
