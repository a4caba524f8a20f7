import type { Socket } from 'node:net'

/** Reads a socket in pieces whose lengths are known, and no byte more, before it becomes a link. */
export class Pieces {
  readonly #socket: Socket
  #bytes = 0
  #then: ((piece: Buffer) => void) | undefined

  constructor(socket: Socket) {
    this.#socket = socket
    socket.on('readable', this.#read)
  }

  /** Calls `then` with the next so many bytes, one at least, when they are there. A socket that ends before is destroyed. */
  next(bytes: number, then: (piece: Buffer) => void): void {
    this.#bytes = bytes
    this.#then = then
    this.#read()
  }

  /** What follows is for somebody else to read. */
  end(): void {
    this.#socket.off('readable', this.#read)
  }

  readonly #read = (): void => {
    const then = this.#then
    if (then === undefined) return
    const piece: unknown = this.#socket.read(this.#bytes)
    if (!(piece instanceof Buffer)) return
    this.#then = undefined
    // At the end of a stream the rest comes, however little it is.
    if (piece.length === this.#bytes) then(piece)
    else this.#socket.destroy()
  }
}
