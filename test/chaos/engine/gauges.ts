import { setTimeout as pause } from 'node:timers/promises'

/** What a broker holds for its members. */
type Gauges = Readonly<Record<(typeof names)[number], number>>

const names = ['members', 'subscriptions', 'pendingRequests', 'queuedBytes'] as const

/** In what a broker is not as it was when it was idle, after it has had time to notice that it is again. */
export async function unlike(idle: Gauges, now: () => Gauges, patienceMs = 3_000): Promise<string[]> {
  const until = performance.now() + patienceMs
  for (;;) {
    const stats = now()
    const other = names.filter((name) => stats[name] !== idle[name])
    if (other.length === 0) return []
    if (performance.now() > until) return other.map((name) => `${name} is ${stats[name]} and was ${idle[name]}`)
    await pause(10)
  }
}
