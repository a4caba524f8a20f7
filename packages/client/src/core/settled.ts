import type { BusError } from '@clusterbus/protocol'

/** What of a session it takes to know that all was said. */
export interface Speaking {
  readonly isConnected: boolean
  /** Whether messages wait for a link. */
  readonly keeps: boolean
  ready(): Promise<void>
  barrier(survives: boolean): Promise<void>
}

/**
 * Resolves when the broker has handled all that was said. Without one, and with no message left to send, there is
 * nothing to wait for; with one, the next broker is waited for, as long as it may take to answer.
 */
export async function settled(session: Speaking): Promise<void> {
  while (session.isConnected || session.keeps) {
    await session.ready()
    const lost = await session.barrier(false).then(
      () => false,
      (error: BusError) => error.code === 'DISCONNECTED',
    )
    if (!lost) return
  }
}
