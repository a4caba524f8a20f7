import type { Link, LinkReceiver } from '@clusterbus/protocol'
import { readSync } from 'node:fs'
import { Socket } from 'node:net'

/** A link over a connected Unix socket or named pipe. */
export function socketLink(socket: Socket): Link {
  return new SocketLink(socket)
}

class SocketLink implements Link {
  readonly #socket: Socket

  constructor(socket: Socket) {
    this.#socket = socket
    socket.unref()
  }

  get bufferedBytes(): number {
    return this.#socket.writableLength
  }

  open(receiver: LinkReceiver): void {
    let cause: Error | undefined
    let rest: Buffer[] = []
    const socket = this.#socket
    socket.on('error', (error) => (cause = error))
    // Node drops what has not been read when a write fails; but a process that says its last words and exits leaves
    // them in the socket, and they may be read later than something is written to it.
    const onData = (chunk: Buffer): void => receiver.onChunk(chunk)
    socket._destroy = (error, callback): void => {
      if (error !== null) {
        socket.off('data', onData)
        rest = unreadChunks(socket)
      }
      Socket.prototype._destroy.call(socket, error, callback)
    }
    socket.on('close', () => {
      for (const chunk of rest) receiver.onChunk(chunk)
      receiver.onClose(cause)
    })
    this.#socket.on('drain', () => receiver.onDrain())
    this.#socket.on('data', onData)
    // A socket that was accepted paused stays so, whoever listens.
    this.#socket.resume()
  }

  write(segments: readonly Buffer[]): boolean {
    const socket = this.#socket
    if (socket.destroyed || socket.writableEnded) return false
    if (segments.length === 1 && segments[0] !== undefined) {
      socket.write(segments[0])
    } else {
      // One writev for all of them.
      socket.cork()
      for (const segment of segments) socket.write(segment)
      socket.uncork()
    }
    // The kernel often takes all of it within the call; `write()` itself returns false then, because it looks before.
    return socket.writableLength === 0 || !socket.writableNeedDrain
  }

  pause(): void {
    this.#socket.pause()
  }

  resume(): void {
    this.#socket.resume()
  }

  end(): void {
    this.#socket.end()
  }

  destroy(): void {
    this.#socket.destroy()
  }

  ref(): void {
    this.#socket.ref()
  }

  unref(): void {
    this.#socket.unref()
  }
}

/** More than the system holds for a socket. Who still writes after that is not saying last words. */
const unreadBytesMax = 8 * 1024 * 1024

/** What the system and the stream still hold for a socket that is about to be destroyed. */
function unreadChunks(socket: Socket): Buffer[] {
  const chunks: Buffer[] = []
  for (let chunk: Buffer | null = socket.read(); chunk !== null; chunk = socket.read()) chunks.push(chunk)
  // Pipes of Windows have no descriptor.
  const handle: unknown = Reflect.get(socket, '_handle')
  const fd = typeof handle === 'object' && handle !== null && 'fd' in handle ? Number(handle.fd) : -1
  try {
    for (let bytes = 0; fd >= 0 && bytes < unreadBytesMax;) {
      const chunk = Buffer.allocUnsafeSlow(64 * 1024)
      const length = readSync(fd, chunk)
      if (length === 0) break
      chunks.push(chunk.subarray(0, length))
      bytes += length
    }
  } catch {
    // Nothing is left, or nothing can be read.
  }
  return chunks
}
