import { execFile } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { createRequire } from 'node:module'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'

const program = createRequire(import.meta.url).resolve('pm2/bin/pm2')
const run = promisify(execFile)

/** A PM2 of one test's own: its daemon and all that it runs end with it. */
export class Pm2 implements AsyncDisposable {
  readonly #home: string = mkdtempSync(join(tmpdir(), 'pm2-'))
  readonly #env: Readonly<Record<string, string>>

  constructor(env: Readonly<Record<string, string>>) {
    this.#env = env
  }

  /** Runs a command as one would type it behind `pm2`; returns what it prints. Rejects when it fails. */
  async command(...args: readonly string[]): Promise<string> {
    const env = { ...process.env, ...this.#env, PM2_HOME: this.#home, PM2_DISCRETE_MODE: 'true' }
    const { stdout } = await run(process.execPath, [program, ...args], { env })
    return stdout
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.command('kill')
    rmSync(this.#home, { recursive: true, force: true })
  }
}
