import { once } from 'node:events'
import { connect, type Socket } from 'node:net'
import { createInterface } from 'node:readline'

/** The least of SMTP: a command, and the code of its reply. */
export class SmtpClient implements AsyncDisposable {
  readonly #socket: Socket
  readonly #lines: AsyncIterator<string>

  private constructor(socket: Socket) {
    this.#socket = socket
    this.#lines = createInterface({ input: socket })[Symbol.asyncIterator]()
  }

  static async connect(port: number): Promise<SmtpClient> {
    const socket = connect(port, '127.0.0.1')
    await once(socket, 'connect')
    return new SmtpClient(socket)
  }

  async ask(command: string): Promise<number> {
    this.#socket.write(`${command}\r\n`)
    return this.reply()
  }

  /** The code of the next reply. All lines of a reply but its last have a dash behind the code. */
  async reply(): Promise<number> {
    for (;;) {
      const { value: line, done } = await this.#lines.next()
      if (done === true) throw new Error('the server has hung up')
      if (line[3] !== '-') return Number(line.slice(0, 3))
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#socket.end('QUIT\r\n')
    this.#socket.resume()
    if (!this.#socket.closed) await once(this.#socket, 'close')
  }
}
