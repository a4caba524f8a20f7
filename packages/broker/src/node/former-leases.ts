/**
 * Until when members of brokers that this process has closed may serve from their caches, by its monotonic clock. Kept
 * under a global symbol, because an app may have loaded the module twice.
 */
const key = Symbol.for('clusterbus.former-leases.1')
const holder: typeof globalThis & { [key]?: number } = globalThis

export const formerLeases = {
  get until(): number {
    return holder[key] ?? 0
  },
  /** A broker closes. */
  keep(until: number): void {
    holder[key] = Math.max(formerLeases.until, until)
  },
}
