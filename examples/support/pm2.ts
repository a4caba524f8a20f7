import { execFile } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { packageFolder } from './app-folder.ts'

const run = promisify(execFile)

/** A PM2 of its own, whose daemon lives until it is disposed of, or this process ends. */
export class Pm2 implements AsyncDisposable {
  readonly #home: string
  readonly #env: Readonly<Record<string, string>>
  readonly #killDaemon = (): void => killDaemon(this.#home)

  /** What it writes stays in `home`; what it runs has `env` as well. */
  constructor(home: string, env: Readonly<Record<string, string>> = {}) {
    this.#home = home
    this.#env = env
    process.once('exit', this.#killDaemon)
  }

  /** Runs a command of pm2. */
  async run(...args: readonly string[]): Promise<void> {
    const program = join(packageFolder('pm2'), 'bin/pm2')
    await run(process.execPath, [program, ...args], {
      env: { ...process.env, ...this.#env, PM2_HOME: this.#home, PM2_DISCRETE_MODE: 'true' },
    })
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.run('kill')
    process.removeListener('exit', this.#killDaemon)
  }
}

function killDaemon(home: string): void {
  try {
    process.kill(Number(readFileSync(join(home, 'pm2.pid'), 'utf8')))
  } catch {
    // There is none.
  }
}
