import { createServer, connect, type Server, type Socket } from 'node:net'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { once } from 'node:events'

type Direction = 'to the broker' | 'to the bus'

/** What is done to the next connection, and where: after so many bytes in that direction. */
export interface Harm {
  readonly what: 'cut' | 'corrupt'
  readonly direction: Direction
  readonly offset: number
}

/** Stands between buses and their broker's socket. Connections for which no harm is meant pass as they are. */
export class Proxy {
  readonly path: string
  /** Whether the last connection that harm was meant for came so far. */
  harmed = false
  readonly #server: Server
  readonly #folder: string
  readonly #sockets = new Set<Socket>()
  #harm: Harm | undefined

  constructor(target: string) {
    this.#folder = mkdtempSync(join(tmpdir(), 'chaos-proxy-'))
    this.path = join(this.#folder, 'proxy.sock')
    this.#server = createServer({ allowHalfOpen: true }, (socket) => this.#between(socket, connect(target)))
  }

  async listen(): Promise<void> {
    this.#server.listen(this.path)
    await once(this.#server, 'listening')
  }

  /** Meant for the next connection, once. */
  harmNext(harm: Harm): void {
    this.#harm = harm
    this.harmed = false
  }

  async close(): Promise<void> {
    for (const socket of this.#sockets) socket.destroy()
    await new Promise((resolve) => this.#server.close(resolve))
    rmSync(this.#folder, { recursive: true, force: true })
  }

  #between(bus: Socket, broker: Socket): void {
    const harm = this.#harm
    this.#harm = undefined
    const end = (): void => {
      for (const socket of [bus, broker]) {
        socket.destroy()
        this.#sockets.delete(socket)
      }
    }
    for (const socket of [bus, broker]) {
      this.#sockets.add(socket)
      socket.on('error', end)
      socket.on('close', end)
    }
    this.#carry(bus, broker, harm?.direction === 'to the broker' ? harm : undefined, end)
    this.#carry(broker, bus, harm?.direction === 'to the bus' ? harm : undefined, end)
  }

  #carry(from: Socket, to: Socket, harm: Harm | undefined, end: () => void): void {
    let carried = 0
    from.on('end', () => to.end())
    from.on('data', (chunk: Buffer) => {
      const at = harm === undefined ? -1 : harm.offset - carried
      carried += chunk.length
      if (harm === undefined || at < 0 || at >= chunk.length) {
        to.write(chunk)
        return
      }
      this.harmed = true
      if (harm.what === 'cut') {
        // What comes before arrives; then both sides find the link closed.
        to.write(chunk.subarray(0, at), end)
        return
      }
      const broken = Buffer.from(chunk)
      broken[at] = (broken[at] ?? 0) ^ (1 << (harm.offset % 8))
      to.write(broken)
    })
  }
}
