import { oldestVersion } from '@clusterbus/protocol'

/**
 * The first bytes on a socket, before any frame: `CBUS`, the oldest version that the member speaks as u16, two zero
 * bytes, the number of a ticket as u32, and its secret. Little-endian. This layout is the same in all versions. Which version
 * holds was agreed on by the hello that the ticket was given for.
 */
export const preambleBytes = 44
export const secretBytes = 32
const magic = 'CBUS'

/** What a member is told through a private channel, and shows once on the socket. */
export interface Ticket {
  readonly number: number
  readonly secret: Buffer
}

export function encodePreamble(ticket: Ticket, version: number = oldestVersion): Buffer {
  const bytes = Buffer.alloc(preambleBytes)
  bytes.write(magic, 'latin1')
  bytes.writeUInt16LE(version, 4)
  bytes.writeUInt32LE(ticket.number, 8)
  ticket.secret.copy(bytes, 12)
  return bytes
}

/** Splits a preamble; `undefined` when it is none. Nothing in it has been proven by that. */
export function decodePreamble(bytes: Buffer): { version: number; ticket: Ticket } | undefined {
  if (bytes.length !== preambleBytes || bytes.toString('latin1', 0, 4) !== magic) return undefined
  const ticket = { number: bytes.readUInt32LE(8), secret: bytes.subarray(12) }
  return { version: bytes.readUInt16LE(4), ticket }
}
