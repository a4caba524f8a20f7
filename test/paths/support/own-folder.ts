import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

/** A folder for the sockets of one test file, which alone the tests of that file know. */
export class OwnFolder {
  readonly path: string = mkdtempSync(join(tmpdir(), 'paths-'))
  #next = 0

  /** A path at which nothing is. */
  socket(): string {
    this.#next += 1
    return join(this.path, `${this.#next}.sock`)
  }

  remove(): void {
    rmSync(this.path, { recursive: true, force: true })
  }
}
