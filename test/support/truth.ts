import { closeSync, mkdtempSync, openSync, readSync, rmSync, writeSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

const slotBytes = 8

/**
 * What caches hold copies of: a version for each key, in a file that all processes read and write at once. A key ends in
 * its number, behind a colon.
 */
export class Truth {
  readonly path: string
  readonly #file: number
  readonly #slot = Buffer.alloc(slotBytes)

  constructor(path: string) {
    this.path = path
    this.#file = openSync(path, 'r+')
  }

  /** 0 for a key that was never written. */
  read(key: string): number {
    const bytes = readSync(this.#file, this.#slot, 0, slotBytes, positionOf(key))
    return bytes === slotBytes ? this.#slot.readDoubleLE() : 0
  }

  write(key: string, version: number): void {
    this.#slot.writeDoubleLE(version)
    writeSync(this.#file, this.#slot, 0, slotBytes, positionOf(key))
  }

  close(): void {
    closeSync(this.#file)
  }
}

/** A truth of its own, with nothing in it. */
export class NewTruth extends Truth implements Disposable {
  readonly #folder: string

  constructor() {
    const folder = mkdtempSync(join(tmpdir(), 'truth-'))
    const path = join(folder, 'versions')
    closeSync(openSync(path, 'w'))
    super(path)
    this.#folder = folder
  }

  [Symbol.dispose](): void {
    this.close()
    rmSync(this.#folder, { recursive: true, force: true })
  }
}

function positionOf(key: string): number {
  return Number(key.slice(key.lastIndexOf(':') + 1)) * slotBytes
}
