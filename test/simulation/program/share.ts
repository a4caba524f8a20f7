import { fork } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import type { Kind } from './kinds.ts'

/** What one process has got through since it told the last time. */
export interface Progress {
  readonly seeds: number
  readonly figures: Readonly<Record<string, number>>
  /** The seed that failed, after which it has stopped. */
  readonly failed?: number
}

const worker = fileURLToPath(new URL('worker.ts', import.meta.url))

/** Runs every `stride`-th of the seeds from `first` to `last` in a process of its own. Rejects when that breaks. */
export function runShare(
  kind: Kind,
  first: number,
  last: number,
  stride: number,
  told: (progress: Progress) => void,
): { readonly done: Promise<void>; stop(): void } {
  const child = fork(worker, [kind, ...[first, last, stride].map(String)])
  let isStopped = false
  child.on('message', (message) => {
    if (isProgress(message)) told(message)
  })
  const done = new Promise<void>((resolve, reject) => {
    child.on('error', reject)
    child.on('exit', (code, signal) => {
      if (code === 0 || isStopped) resolve()
      else reject(new Error(`a process that simulates ended with ${signal ?? code}`))
    })
  })
  const stop = (): void => {
    isStopped = true
    child.kill()
  }
  return { done, stop }
}

function isProgress(message: unknown): message is Progress {
  return typeof message === 'object' && message !== null && 'seeds' in message && 'figures' in message
}
