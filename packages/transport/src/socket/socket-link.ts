import type { Link, LinkReceiver } from '@clusterbus/protocol'
import type { Socket } from 'node:net'

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
    this.#socket.on('error', (error) => (cause = error))
    this.#socket.on('close', () => receiver.onClose(cause))
    this.#socket.on('drain', () => receiver.onDrain())
    this.#socket.on('data', (chunk: Buffer) => receiver.onChunk(chunk))
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
