import { setTimeout as wait } from 'node:timers/promises'

/** What a worker says to its primary: that it is up, and when it has come to rest, how much memory it has. */
export type Told = 'up' | { readonly residentBytes: number }

/** Resolves when all is said; then the worker is idle. */
export async function tellAboutItself(ready: () => Promise<void>): Promise<void> {
  tell('up')
  await ready()
  await wait(restMs)
  tell({ residentBytes: process.memoryUsage.rss() })
}

const restMs = 50

function tell(told: Told): void {
  process.send?.(told)
}
