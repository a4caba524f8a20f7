import type { Peer, ServerName } from './peer.ts'

/** A peer as a scenario names it. */
export interface PeerEntry {
  readonly title: string
  /** `cluster`: processes that `node:cluster` forks. `threads`: `worker_threads` of one process. */
  readonly workers: 'cluster' | 'threads'
  /** How `node:cluster` serializes what is sent over its IPC channel. */
  readonly serialization?: 'json' | 'advanced'
  readonly needs?: ServerName
  /** Loads what the peer itself loads, and nothing of the others. */
  load(): Promise<Peer>
}

export type PeerName =
  | 'clusterbus'
  | 'clusterbus-msgpack'
  | 'clusterbus-threads'
  | 'process-send'
  | 'process-send-advanced'
  | 'ioredis'
  | 'redis'
  | 'redis-tuned'
  | 'nats'
  | 'socket-io'
  | 'broadcast-channel'
  | 'raw-relay'

export const peers: Readonly<Record<PeerName, PeerEntry>> = {
  clusterbus: {
    title: 'clusterbus, JSON',
    workers: 'cluster',
    load: async () => (await import('./clusterbus.ts')).withJson,
  },
  'clusterbus-msgpack': {
    title: 'clusterbus, msgpack',
    workers: 'cluster',
    load: async () => (await import('./clusterbus-msgpack.ts')).withMsgpack,
  },
  'clusterbus-threads': {
    title: 'clusterbus, threads',
    workers: 'threads',
    load: async () => (await import('./clusterbus.ts')).withJson,
  },
  'process-send': {
    title: 'process.send, JSON',
    workers: 'cluster',
    load: async () => (await import('./process-send.ts')).processSend,
  },
  'process-send-advanced': {
    title: 'process.send, advanced',
    workers: 'cluster',
    serialization: 'advanced',
    load: async () => (await import('./process-send.ts')).processSend,
  },
  ioredis: {
    title: 'Redis, ioredis',
    workers: 'cluster',
    needs: 'redis',
    load: async () => (await import('./ioredis.ts')).viaIoredis,
  },
  redis: {
    title: 'Redis, node-redis',
    workers: 'cluster',
    needs: 'redis',
    load: async () => (await import('./redis.ts')).viaRedis,
  },
  'redis-tuned': {
    title: 'Redis, node-redis tuned',
    workers: 'cluster',
    needs: 'redis',
    load: async () => (await import('./redis.ts')).viaTunedRedis,
  },
  nats: {
    title: 'NATS',
    workers: 'cluster',
    needs: 'nats',
    load: async () => (await import('./nats.ts')).viaNats,
  },
  'socket-io': {
    title: 'Socket.IO cluster adapter',
    workers: 'cluster',
    load: async () => (await import('./socket-io.ts')).socketIo,
  },
  'broadcast-channel': {
    title: 'BroadcastChannel, threads',
    workers: 'threads',
    load: async () => (await import('./broadcast-channel.ts')).broadcastChannel,
  },
  'raw-relay': {
    title: 'bytes relayed',
    workers: 'cluster',
    load: async () => (await import('./raw-relay.ts')).rawRelay,
  },
}
