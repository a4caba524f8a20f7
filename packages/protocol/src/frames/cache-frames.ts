import { cacheFault, type CacheTerms, type Selector, type SelectorKind, selectorKinds } from '../caches.ts'
import type { ChunkWriter } from './chunk-writer.ts'
import * as layout from './layout.ts'
import { assertFrameBytes, badFrame, parseObject } from './read.ts'
import { endFrame, writeNumbers } from './write.ts'

/** The name of a cache, and what those who hold it must agree on. */
export interface CacheFields {
  readonly name: string
  readonly terms: CacheTerms
}

/** What a CACHE says. Anything but a good name and good terms is `BAD_FRAME`. */
export function readCache(bytes: Buffer, start: number, end: number): CacheFields {
  assertFrameBytes(start, end, layout.claimBytes + 2, 'CACHE')
  const length = end - start - layout.claimBytes
  if (length > layout.cacheTermsBytesMax) throw badFrame(`CACHE with a name and terms of ${length} bytes`)
  const fields = parseObject(bytes.toString('utf8', start + layout.claimBytes, end))
  assertCache(fields)
  return fields
}

/** Writes an INVALIDATE with one selector. {@link extendInvalidate} adds more. */
export function writeInvalidate(writer: ChunkWriter, number: number, cache: number, selector: Selector): number {
  // All in one chunk: a frame must not be cut by the end of one.
  writer.reserve(layout.selectorsAt + selectorLength(selector))
  const start = writer.position
  writeNumbers(writer, layout.FrameKind.INVALIDATE, 0, number, cache)
  extendInvalidate(writer, start, selector)
  return start
}

/** Adds a selector to the INVALIDATE at `start`, which is the last frame in the writer. There must be room in the chunk. */
export function extendInvalidate(writer: ChunkWriter, start: number, { kind, text }: Selector): void {
  const { chunk, position } = writer
  const textBytes = chunk.write(text, position + layout.selectorBytes)
  chunk[position] = selectorKinds.indexOf(kind)
  layout.writeU32(chunk, position + 1, textBytes)
  writer.position = position + layout.selectorBytes + textBytes
  endFrame(writer, start)
}

/** Bytes that a selector takes in an INVALIDATE. */
export function selectorLength({ text }: Selector): number {
  return layout.selectorBytes + Buffer.byteLength(text)
}

/** The selectors of an INVALIDATE or EVICT. Those that are cut off, or of a kind that there is not, are `BAD_FRAME`. */
export function readSelectors(bytes: Buffer, start: number, end: number): Selector[] {
  const selectors: Selector[] = []
  eachSelector(bytes, start, end, (kind, at, textEnd) => {
    selectors.push({ kind, text: bytes.toString('utf8', at, textEnd) })
  })
  return selectors
}

/** Visits the selectors of an INVALIDATE or EVICT as {@link readSelectors} does, without making strings of them. */
export function eachSelector(
  bytes: Buffer,
  start: number,
  end: number,
  visit: (kind: SelectorKind, textStart: number, textEnd: number) => void,
): void {
  assertFrameBytes(start, end, layout.selectorsAt + layout.selectorBytes, 'INVALIDATE or EVICT')
  if (end - start > layout.invalidateBytesMax) throw badFrame(`INVALIDATE or EVICT of ${end - start} bytes`)
  for (let at = start + layout.selectorsAt; at < end;) {
    const kind = selectorKinds[bytes[at] ?? -1]
    if (kind === undefined) throw badFrame(`a selector of kind ${bytes[at]}`)
    const textStart = at + layout.selectorBytes
    if (textStart > end) throw badFrame('a selector is cut off')
    const length = layout.readU32(bytes, at + 1)
    if (length > layout.selectorTextBytesMax) throw badFrame(`a selector of ${length} bytes`)
    if (length > end - textStart) throw badFrame('a selector is cut off')
    at = textStart + length
    visit(kind, textStart, at)
  }
}

/** The key in a CLAIM. */
export function readClaimedKey(bytes: Buffer, start: number, end: number): string {
  assertFrameBytes(start, end, layout.selectorsAt, 'CLAIM')
  const length = end - start - layout.selectorsAt
  if (length > layout.selectorTextBytesMax) throw badFrame(`a key of ${length} bytes`)
  return bytes.toString('utf8', start + layout.selectorsAt, end)
}

/** Writes a CLAIM. */
export function writeClaim(writer: ChunkWriter, number: number, cache: number, key: string): void {
  writer.reserve(layout.selectorsAt + Buffer.byteLength(key))
  const start = writer.position
  writeNumbers(writer, layout.FrameKind.CLAIM, 0, number, cache)
  writer.position += writer.chunk.write(key, writer.position)
  endFrame(writer, start)
}

/** A CLAIMED or RELEASE. */
export interface ClaimFields {
  readonly kind: number
  readonly number: number
  readonly flags: number
  readonly codec: number
  readonly value: Uint8Array
}

/** Writes a CLAIMED or RELEASE. The value is copied. */
export function writeClaimed(writer: ChunkWriter, { kind, number, flags, codec, value }: ClaimFields): void {
  writer.reserve(layout.claimBytes + value.length)
  const start = writer.position
  writeNumbers(writer, kind, flags, number)
  writer.chunk[start + 6] = codec
  writer.chunk.set(value, writer.position)
  writer.position += value.length
  endFrame(writer, start)
}

function assertCache(fields: Record<string, unknown>): asserts fields is Record<string, unknown> & CacheFields {
  const fault = cacheFault(fields['name'], fields['terms'])
  if (fault !== undefined) throw badFrame(`CACHE: ${fault}`)
}
