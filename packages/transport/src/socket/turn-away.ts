import { type BusError, ChunkWriter, FrameKind, read, write } from '@clusterbus/protocol'
import type { Socket } from 'node:net'

/** Says why in a frame, and closes: for somebody who has proven that it may know. */
export function turnAway(socket: Socket, { code, message }: BusError): void {
  const writer = new ChunkWriter()
  write.writeText(writer, FrameKind.CLOSE, read.failureText(code, message))
  socket.on('error', () => socket.destroy())
  socket.write(Buffer.concat(writer.take()))
  // Not `end()`: that would leave it to the other side when this is over.
  socket.destroySoon()
}
