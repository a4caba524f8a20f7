import { createAdapter, setupPrimary } from '@socket.io/cluster-adapter'
import { Server } from 'socket.io'
import type { Peer, PeerConnection } from './peer.ts'
import { Window } from './window.ts'

/** Events between the Socket.IO servers of a cluster. No client connects, so none of them listens. */
export const socketIo: Peer = { host: setupPrimary, connect }

/** What every server acknowledges. The adapter itself sends on, however much waits. */
const markEvent = 'bench.mark'
/** Fewer than elsewhere, since the bytes are not known here: of 64 KiB each, more would take gigabytes. */
const windowMessages = 1024

async function connect(): Promise<PeerConnection> {
  const io = new Server({ adapter: createAdapter() })
  const window = new Window(() => io.serverSideEmitWithAck(markEvent), windowMessages)
  io.on(markEvent, (acknowledge: () => void) => acknowledge())
  return {
    publish(topic, data) {
      io.serverSideEmit(topic, data)
      return window.add(0)
    },
    flush: () => window.room(),
    // Everything is sent to every server: there is nobody to tell, and nothing to wait for.
    async subscribe(topic, handler) {
      io.on(topic, handler)
    },
  }
}
