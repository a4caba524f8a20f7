// The parts of a cache, for the faults that the simulation must find. Not published.
export { CoherentCache } from './coherent-cache.ts'
export { EntryStore } from './entry-store.ts'
export { Load } from './load.ts'
export { Loads } from './loads.ts'
export { TagIndex } from './tag-index.ts'
