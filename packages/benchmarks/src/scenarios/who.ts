import { type PeerName, peers } from '../peers/catalogue.ts'

/** clusterbus between processes, and everybody it is compared with. */
export const everybody: readonly PeerName[] = (Object.keys(peers) as PeerName[]).filter(
  (peer) => peer !== 'clusterbus-threads',
)

/** clusterbus, and what people use in its place. */
export const rivals: readonly PeerName[] = [
  'clusterbus',
  'clusterbus-msgpack',
  'process-send',
  'ioredis',
  'redis-tuned',
  'nats',
]
