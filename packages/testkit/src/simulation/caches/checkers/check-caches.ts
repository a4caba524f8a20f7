import type { CacheLedger } from '../record/cache-ledger.ts'
import type { CacheSimulationScenario } from '../world/scenario.ts'
import { checkEmptied, checkLeases } from './lease.ts'
import { checkInvalidations, checkReaders, checkSingleFlight, checkTtl } from './loading.ts'
import { checkStaleness } from './staleness.ts'

/** Looks through the records for promises that were broken. */
export function checkCaches(ledger: CacheLedger, scenario: CacheSimulationScenario): void {
  const { caches, drift } = scenario
  checkStaleness(ledger)
  checkLeases(ledger)
  checkEmptied(ledger)
  checkReaders(ledger)
  checkSingleFlight(ledger)
  checkTtl(ledger, (name) => caches.find((cache) => cache.name === name)?.ttl, drift)
  checkInvalidations(ledger, scenario)
}
