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

/** How many requests go over one connection, and so to one worker. */
const requestsPerConnection = 10

/** GETs while each key is PUT again and again, over connections that are given to one worker or another. */
export async function load({ port, keys, writes, readers }: LoadOptions): Promise<LoadResult> {
  const random = new Random(1)
  /** The version of each key whose PUT was answered. */
  const written = new Map<string, number>()
  const stale: string[] = []
  let [gets, puts, writing] = [0, 0, keys.length]

  const write = async (key: string): Promise<void> => {
    const client = new Client(port)
    for (let version = 1; version <= writes; version += 1) {
      await client.call('PUT', `/items/${key}`, JSON.stringify({ version }))
      written.set(key, version)
      puts += 1
    }
    client.close()
    writing -= 1
  }
  const read = async (): Promise<void> => {
    const client = new Client(port)
    while (writing > 0) {
      const key = random.pick(keys)
      const least = written.get(key) ?? 0
      const { version } = JSON.parse(await client.call('GET', `/items/${key}`))
      gets += 1
      if (version < least) stale.push(`${key}: ${version} after ${least}`)
    }
    client.close()
  }
  await Promise.all([...keys.map(write), ...Array.from({ length: readers }, read)])
  return { gets, puts, stale }
}

/** Asks for one thing after the other. */
class Client {
  readonly #port: number
  #agent = new Agent({ keepAlive: true })
  #calls = 0

  constructor(port: number) {
    this.#port = port
  }

  call(method: 'GET' | 'PUT', path: string, body?: string): Promise<string> {
    this.#calls += 1
    if (this.#calls % requestsPerConnection === 0) {
      this.close()
      this.#agent = new Agent({ keepAlive: true })
    }
    return call({ agent: this.#agent, port: this.#port, method, path }, body)
  }

  close(): void {
    this.#agent.destroy()
  }
}

interface Call {
  readonly agent: Agent
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
