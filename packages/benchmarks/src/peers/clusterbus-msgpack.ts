import { msgpackCodec } from '@clusterbus/codec-msgpack'
import { clusterbus } from './clusterbus.ts'
import type { Peer } from './peer.ts'

export const withMsgpack: Peer = clusterbus({ codec: msgpackCodec() })
