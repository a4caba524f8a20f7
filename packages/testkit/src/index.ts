export { busConformance } from './conformance/bus-conformance.ts'
export { runCase } from './conformance/run-case.ts'
export { FakeLink } from './fakes/fake-link.ts'
export { ManualClock } from './fakes/manual-clock.ts'

export type { BusCase, BusHost, CaseTools } from './conformance/bus-case.ts'
