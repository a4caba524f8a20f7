import type { Link } from '@clusterbus/protocol'
import { connect } from 'node:net'
import { encodePreamble, type Ticket } from './preamble.ts'
import { socketLink } from './socket-link.ts'

/**
 * Connects to a broker's socket and shows the ticket. Calls `done` once, with a link or with the system's error.
 * Returns a function that gives up.
 */
export function dial(path: string, ticket: Ticket, done: (result: Link | Error) => void): () => void {
  const socket = connect(path)
  socket.unref()
  const failed = (error: Error): void => done(error)
  socket.once('error', failed)
  socket.once('connect', () => {
    socket.off('error', failed)
    socket.write(encodePreamble(ticket))
    done(socketLink(socket))
  })
  return () => {
    socket.off('error', failed)
    socket.on('error', () => undefined)
    socket.destroy()
  }
}
