import type { Codec } from '@clusterbus/protocol'

/** A codec, and what differs between codecs. */
export interface CodecHost {
  /** A codec that has met no message. */
  codec(): Codec
  /** What it must refuse to encode, by what it is. */
  readonly unencodable: Readonly<Record<string, unknown>>
}

/** One promise of the contract, and how to see that it is kept. */
export interface CodecCase {
  readonly name: string
  run(host: CodecHost): void
}
