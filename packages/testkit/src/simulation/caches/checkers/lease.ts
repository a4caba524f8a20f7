import type { CacheLedger } from '../record/cache-ledger.ts'
import { shownKey } from '../work/reading.ts'

/**
 * Copies are served, and loads joined, only while the member has a lease and the broker has said that it holds the cache;
 * and what a load that began without them has brought, is kept by nobody.
 */
export function checkLeases(ledger: CacheLedger): void {
  for (const { call, how, member, cache, key, state, index, copy } of ledger.reads) {
    if (how !== 'hit' && how !== 'joined') continue
    const what = `${call} of ${shownKey(cache, key)} in ${member}`
    if (!state.mayServe) ledger.violated('lease', index, `${what} was served (${how}) without a lease`)
    const source = ledger.copy(copy)
    if (how !== 'hit' || source?.member !== member) continue
    if (!source.state.mayServe)
      ledger.violated('lease', index, `${what} found copy ${source.id}, begun without a lease`)
  }
}

/** What was stored over one link, or in a cache that was closed, is not served after that. */
export function checkEmptied(ledger: CacheLedger): void {
  /** Epochs in which a member has got a copy that another has loaded. */
  const given = new Set<string>()
  for (const { how, copy, member, state } of ledger.reads) {
    if ((how === 'loads' || how === 'joined') && copy !== undefined) given.add(`${member} ${copy} ${state.epoch}`)
  }
  for (const { call, how, copy, member, cache, key, state, index } of ledger.reads) {
    const source = how === 'hit' ? ledger.copy(copy) : undefined
    if (source === undefined) continue
    const isOfNow =
      source.member === member ? source.state.epoch === state.epoch : given.has(`${member} ${copy} ${state.epoch}`)
    if (isOfNow) continue
    const message = `${call} of ${shownKey(cache, key)} in ${member} found copy ${copy}, which was stored before its link or cache was lost`
    ledger.violated('emptied', index, message)
  }
}
