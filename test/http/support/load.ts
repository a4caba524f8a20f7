import { Agent, request } from 'node:http'
import { Random } from '../../support/random.ts'

export interface LoadOptions {
  readonly port: number
  readonly keys: readonly string[]
  /** How often each key is written. */
  readonly writes: number
  /** Connections that read at a time, beside one for each key that writes. */
  readonly readers: number
}

export interface LoadResult {
  readonly gets: number
  readonly puts: number
  /** GETs that were asked for after a PUT had been answered, and have answered with what was there before. */
  readonly stale: readonly string[]
}

/** GETs while each key is PUT again and again. Each who reads or writes has a connection, and so a worker, of its own. */
export async function load({ port, keys, writes, readers }: LoadOptions): Promise<LoadResult> {
  const agents = Array.from({ length: keys.length + readers }, () => new Agent({ keepAlive: true, maxSockets: 1 }))
  const random = new Random(1)
  /** The version of each key whose PUT was answered. */
  const written = new Map<string, number>()
  const stale: string[] = []
  let [gets, puts, writing] = [0, 0, keys.length]

  const write = async (key: string, agent: Agent | undefined): Promise<void> => {
    for (let version = 1; version <= writes; version += 1) {
      await call({ agent, port, method: 'PUT', path: `/items/${key}` }, JSON.stringify({ version }))
      written.set(key, version)
      puts += 1
    }
    writing -= 1
  }
  const read = async (agent: Agent): Promise<void> => {
    while (writing > 0) {
      const key = random.pick(keys)
      const least = written.get(key) ?? 0
      const { version } = JSON.parse(await call({ agent, port, method: 'GET', path: `/items/${key}` }))
      gets += 1
      if (version < least) stale.push(`${key}: ${version} after ${least}`)
    }
  }
  try {
    await Promise.all([...keys.map((key, at) => write(key, agents[at])), ...agents.slice(keys.length).map(read)])
  } finally {
    for (const agent of agents) agent.destroy()
  }
  return { gets, puts, stale }
}

interface Call {
  readonly agent: Agent | undefined
  readonly port: number
  readonly method: 'GET' | 'PUT'
  readonly path: string
}

function call(options: Call, body?: string): Promise<string> {
  return new Promise((resolve, reject) => {
    const headers = body === undefined ? {} : { 'content-type': 'application/json' }
    const asked = request({ ...options, host: '127.0.0.1', headers }, (response) => {
      let text = ''
      response.setEncoding('utf8').on('data', (chunk: string) => (text += chunk))
      response.on('error', reject)
      response.on('end', () => {
        if (response.statusCode === 200 || response.statusCode === 204) return resolve(text)
        reject(new Error(`${options.method} ${options.path}: ${response.statusCode} ${text}`))
      })
    })
    asked.on('error', reject)
    asked.end(body)
  })
}
