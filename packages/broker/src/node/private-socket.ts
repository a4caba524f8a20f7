import type { Link } from '@clusterbus/protocol'
import {
  Gate,
  makePrivateSocketPath,
  type PrivateSocketPath,
  removeStaleDirectories,
  type TicketOffice,
} from '@clusterbus/transport/serving'
import { atExit } from './at-exit.ts'

/** A broker's own socket, in a directory that nobody else can enter. */
export interface PrivateSocket {
  readonly path: string
  close(): void
}

/**
 * Opens it. Calls `opened` once, in a later turn: with the error when there can be none. What was made on disk goes
 * away with `close`, and at the latest when the process exits.
 */
export function openPrivateSocket<Holder>(
  tickets: TicketOffice<Holder>,
  admitted: (link: Link, holder: Holder) => void,
  opened: (result: PrivateSocket | Error) => void,
): void {
  let place: PrivateSocketPath
  try {
    place = makePrivateSocketPath()
  } catch (error) {
    setImmediate(() => opened(error instanceof Error ? error : new Error(String(error))))
    return
  }
  const remove = (): void => place.remove()
  const stayAtExit = atExit(remove)
  const close = (): void => {
    stayAtExit()
    gate.close()
    remove()
  }
  const failed = (error: Error): void => {
    close()
    opened(error)
  }
  const gate = new Gate(tickets, { admitted, failed })
  gate.listen(place.path, () => opened({ path: place.path, close }))
  void removeStaleDirectories(place.path)
}
