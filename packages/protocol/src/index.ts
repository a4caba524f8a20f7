export { bytesCodec, isBytes } from './codecs/bytes.ts'
export { selectorKinds } from './caches.ts'
export { jsonCodec } from './codecs/json.ts'
export { BusError, isBusErrorCode } from './errors.ts'
export { cacheFault } from './caches.ts'
export * as cacheFrames from './frames/cache-frames.ts'
export { ChunkWriter, chunkBytes } from './frames/chunk-writer.ts'
export { FrameStream } from './frames/frame-stream.ts'
export { decodeHeaders, encodeHeaders, noHeaders } from './frames/headers.ts'
export * as layout from './frames/layout.ts'
export { FrameKind } from './frames/layout.ts'
export * as read from './frames/read.ts'
export * as write from './frames/write.ts'
export { defaultLimits, resolveLimits } from './limits.ts'
export { brokerId } from './member.ts'
export { assertOverflow } from './terms.ts'
export { describeThrown } from './thrown.ts'
export { matches } from './topics/matches.ts'
export { PatternIndex } from './topics/pattern-index.ts'
export {
  assertPattern,
  assertTopic,
  isReserved,
  isWildcard,
  quoted,
  topicBytesMax,
  topicTokensMax,
} from './topics/topic.ts'
export {
  agreeOnVersion,
  deniedVersion,
  isSpoken,
  oldestVersion,
  protocolVersion,
  spokenVersions,
  unknownVersion,
  versionMismatch,
} from './versions.ts'

export type { CacheTerms, Selector, SelectorKind } from './caches.ts'
export type { Clock } from './clock.ts'
export type { Codec, ShapeCodec, ShapeReader, ShapeWriter } from './codecs/codec.ts'
export type { BusErrorCode, BusErrorFields, SchemaIssue } from './errors.ts'
export type { CacheFields, ClaimFields } from './frames/cache-frames.ts'
export type { FrameHandler } from './frames/frame-stream.ts'
export type { Headers } from './frames/headers.ts'
export type { MessageStart, SubscribeFields } from './frames/write.ts'
export type { Limits } from './limits.ts'
export type { Link, LinkReceiver } from './link.ts'
export type { Member, MemberKind } from './member.ts'
export type { Conflation, OverflowOptions, OverflowPolicy, ToldTerms } from './terms.ts'
export type { SpokenVersions } from './versions.ts'
