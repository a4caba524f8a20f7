import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { ServerName } from '../peers/peer.ts'

/** How a server is started, and how one knows that it runs. `directory` is a private one, for this server alone. */
export interface ServerProgram {
  readonly program: string
  /** Finds the version in what `--version` prints. */
  readonly version: RegExp
  config(directory: string): string
  /** Lines that let subscribers lag without a bound, as far as the server has it. */
  readonly unbounded: string
  arguments(configPath: string, directory: string): readonly string[]
  /** Where it listens, as soon as that is known. */
  address(directory: string): Promise<string | undefined>
  /** What a client says first, and what a server that is ready answers. */
  readonly hello: string
  readonly answer: string
}

export const programs: Readonly<Record<ServerName, ServerProgram>> = {
  redis: {
    program: 'redis-server',
    version: /v=([\d.]+)/,
    config: (directory) => `
      port 0
      unixsocket "${redisSocket(directory)}"
      dir "${directory}"
      save ""
      appendonly no
      loglevel warning
    `,
    // A subscriber may lag, as in a burst. By default it is dropped when it lags by 32 MB.
    unbounded: 'client-output-buffer-limit pubsub 0 0 0',
    arguments: (configPath) => [configPath],
    address: async (directory) => redisSocket(directory),
    hello: 'PING\r\n',
    answer: '+PONG',
  },
  nats: {
    program: 'nats-server',
    version: /v([\d.]+)/,
    // A subscriber may lag, as in a burst. By default it is dropped when it lags by 64 MB or takes nothing for 10 s.
    config: () => '',
    unbounded: `
      max_pending: 2GB
      write_deadline: "60s"
    `,
    // With port -1 it looks for a free one, and writes a file that tells which.
    arguments: (configPath, directory) => [
      '-c',
      configPath,
      '-a',
      '127.0.0.1',
      '-p',
      '-1',
      '--ports_file_dir',
      directory,
    ],
    async address(directory) {
      const file = (await readdir(directory)).find((name) => name.endsWith('.ports'))
      if (file === undefined) return undefined
      return /nats:\/\/([\d.:]+)/.exec(await readFile(join(directory, file), 'utf8'))?.[1]
    },
    hello: '',
    answer: 'INFO',
  },
}

function redisSocket(directory: string): string {
  return join(directory, 'redis.sock')
}
