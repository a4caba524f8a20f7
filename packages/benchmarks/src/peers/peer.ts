/** A server that a peer talks to. It is started for the benchmark, on a port or socket of its own. */
export type ServerName = 'redis' | 'nats'

/** Where the servers that were started can be reached: the path of a socket, or host and port. */
export type ServerAddresses = Readonly<Partial<Record<ServerName, string>>>

/** A way to carry messages between the processes of one machine. */
export interface Peer {
  /** Runs in the primary, before it forks: what routes the messages, where that is a part of the app. */
  host?(servers: ServerAddresses): void
  /** Runs in each worker. */
  connect(servers: ServerAddresses): Promise<PeerConnection>
}

/** What a worker publishes and subscribes with. */
export interface PeerConnection {
  /** Resolves when everything published after that, anywhere, is seen. */
  subscribe(topic: string, handler: (data: unknown) => void): Promise<void>
  /** Returns `false` when the caller should `await flush()` before it goes on, as a careful app would. */
  publish(topic: string, data: unknown): boolean
  /** Resolves when there is room again. */
  flush(): Promise<void>
  /** Where the peer has a way to ask. */
  request?(topic: string, data: unknown): Promise<unknown>
  respond?(topic: string, handler: (data: unknown) => unknown): Promise<void>
  /** Where a cache of up to `max` entries comes with it, that hears of what is void in the caches of other workers. */
  openCache?(max: number): Promise<PeerCache>
}

/** One worker's part in a cache that all workers have. */
export interface PeerCache {
  /** Keeps something by that key, and tells nobody. */
  keep(key: string): Promise<unknown>
  holds(key: string): Promise<boolean>
  /** Voids what all workers keep by these keys. Resolves when the peer says that it is done. */
  invalidate(keys: readonly string[]): Promise<unknown>
}

/** Messages that may be under way unacknowledged where the peer itself sets no bound. */
export const windowMessages = 4096
/** Their bytes of payload, about: large ones reach this bound first. */
export const windowBytes: number = 4 * 1024 * 1024
