export { msgpackCodec } from './msgpack-codec.ts'

export type { MsgpackOptions } from './msgpack-codec.ts'
