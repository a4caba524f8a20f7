// What only a broker needs: to let others in. It is apart so that a worker does not load it.
export { Gate, versionMismatch } from './socket/gate.ts'
export { makePrivateSocketPath } from './socket/private-directory.ts'
export { removeStaleDirectories } from './socket/stale-directories.ts'
export { TicketOffice } from './socket/ticket-office.ts'

export type { GateEvents } from './socket/gate.ts'
export type { PrivateSocketPath } from './socket/private-directory.ts'
