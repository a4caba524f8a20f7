import { type PeerName, peers } from '../peers/catalogue.ts'
import type { ServerName } from '../peers/peer.ts'
import { type Carried, control, isCarried, type Remote } from './control.ts'
import type { PrimaryApi } from './primary.ts'
import { Program, programPath } from './program.ts'
import { asArgument } from './start-order.ts'
import { cpuSecondsOf } from './usage.ts'
import type { WorkerApi } from './worker-api.ts'

/** A server that runs for the benchmark. */
export interface Server {
  readonly address: string
  readonly pid: number
  readonly version: string
}

export type Servers = Readonly<Partial<Record<ServerName, Server>>>

/** The processes of one peer: a primary and its workers, started once and measured in many rounds. */
export class Arena {
  readonly workers: Remote<WorkerApi>[] = []
  readonly #program: Program<PrimaryApi>
  readonly #server: Server | undefined
  readonly #receivers: ((message: unknown) => void)[] = []
  #rounds = 1

  private constructor(program: Program<PrimaryApi>, server: Server | undefined) {
    this.#program = program
    this.#server = server
    program.listen((carried) => {
      if (isCarried(carried)) this.#receivers[carried.worker]?.(carried.message)
    })
  }

  /** Starts a primary and `workers` of its workers, connected. */
  static async open(peer: PeerName, servers: Servers, workers: number): Promise<Arena> {
    const { needs, title } = peers[peer]
    const server = needs && servers[needs]
    const addresses = needs !== undefined && server !== undefined ? { [needs]: server.address } : {}
    const argument = asArgument({ peer, servers: addresses })
    const program = new Program<PrimaryApi>(title, programPath('primary', import.meta.url), [argument])
    const arena = new Arena(program, server)
    try {
      await arena.whileAlive(arena.#start(workers))
    } catch (error) {
      await arena.close()
      throw error
    }
    return arena
  }

  get primary(): Remote<PrimaryApi> {
    return this.#program.api
  }

  /** A number for the next round, by which what comes too late is told from what belongs to it. */
  nextRound(): number {
    return this.#rounds++
  }

  /** What `work` resolves to. Rejects when processes of this arena end before. */
  whileAlive<Result>(work: Promise<Result>): Promise<Result> {
    return this.#program.whileAlive(work)
  }

  /**
   * CPU seconds that what stands between the workers has used so far: the primary, and the server where the peer has
   * one. `undefined` where the server's can't be read, or where the workers are threads of the primary.
   */
  async brokerCpuSeconds(): Promise<number | undefined> {
    const primary = await this.primary.cpuSeconds()
    const server = this.#server === undefined ? 0 : cpuSecondsOf(this.#server.pid)
    return primary === undefined || server === undefined ? undefined : primary + server
  }

  /** Ends all of its processes. Idempotent. */
  close(): Promise<void> {
    return this.#program.close()
  }

  async #start(count: number): Promise<void> {
    await this.primary.fork(count)
    for (let worker = 0; worker < count; worker += 1) this.workers.push(this.#connect(worker))
  }

  #connect(worker: number): Remote<WorkerApi> {
    return control<WorkerApi>({
      send: (message) => this.#program.send({ worker, message } satisfies Carried),
      listen: (listener) => (this.#receivers[worker] = listener),
    })
  }
}
