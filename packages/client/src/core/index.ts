// The core for those who pass links and time in: the simulation, and the faults that it must find. Not published.
export { Barriers } from './barriers.ts'
export { BoundedQueue } from './bounded-queue.ts'
export { BusCore } from './bus-core.ts'
export { Fifo } from './fifo.ts'
export { Flow } from './flow.ts'
export { Outgoing } from './outgoing.ts'
export { OutgoingTopics } from './outgoing-topics.ts'
export { Registration } from './registration.ts'
export { Registry } from './registry.ts'
export { Session } from './session.ts'
export { Settling } from './settling.ts'

export type { BusEnvironment, EventSink, Turns } from './environment.ts'
