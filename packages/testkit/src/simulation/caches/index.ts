export { simulateCaches } from './run/simulate-caches.ts'

export type { CacheSimulationResult } from './run/simulate-caches.ts'
