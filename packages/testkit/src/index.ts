export { FakeLink } from './fakes/fake-link.ts'
export { ManualClock } from './fakes/manual-clock.ts'
