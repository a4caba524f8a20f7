// What only a broker needs: to let others in. It is apart so that a worker does not load it.
export { Gate } from './socket/gate.ts'
export { claimPath } from './socket/path/claim.ts'
export { removeLitter } from './socket/path/litter.ts'
export { PathGate } from './socket/path/path-gate.ts'
export { makePrivateSocketPath } from './socket/private-directory.ts'
export { removeStaleDirectories } from './socket/stale-directories.ts'
export { TicketOffice } from './socket/ticket-office.ts'

export type { GateEvents } from './socket/gate.ts'
export type { Claim, Taken } from './socket/path/claim.ts'
export type { Introduction } from './socket/path/introduction.ts'
export type { Token } from './socket/path/token.ts'
export type { PrivateSocketPath } from './socket/private-directory.ts'
