import { FrameKind, FrameStream, layout, read } from '@clusterbus/protocol'

const kindNames = new Map<number, string>(Object.entries(FrameKind).map(([name, kind]) => [kind, name]))

/**
 * What a member was told, frame by frame: its bytes, but for text that may be put better, and for JSON that may say more
 * than it did.
 */
export function meaningsOf(bytes: Buffer): string[] {
  const meanings: string[] = []
  new FrameStream(2 ** 30).push(bytes, (chunk, start, end) => meanings.push(meaningOf(chunk.subarray(start, end))))
  return meanings
}

/** The kinds of frames in there. */
export function kindsOf(bytes: Buffer): number[] {
  const kinds: number[] = []
  new FrameStream(2 ** 30).push(bytes, (chunk, start) => kinds.push(chunk[start + 4] ?? 0))
  return kinds
}

function meaningOf(frame: Buffer): string {
  const kind = frame[4] ?? 0
  const name = kindNames.get(kind) ?? `kind ${kind}`
  if (kind === FrameKind.WELCOME) {
    const { member, limits } = read.parseObject(frame.toString('utf8', layout.baseBytes))
    return `${name} ${JSON.stringify({ member, limits })}`
  }
  const failureAt = failureStart(frame, kind)
  if (failureAt === undefined) return `${name} ${frame.toString('hex', 4)}`
  return `${name} ${frame.toString('hex', 4, failureAt)} ${read.readFailure(frame.toString('utf8', failureAt)).code}`
}

/** Where a frame that tells of a failure of the broker's does so. */
function failureStart(frame: Buffer, kind: number): number | undefined {
  const isRefused = ((frame[5] ?? 0) & layout.flagRefused) !== 0
  if (kind === FrameKind.CLOSE) return layout.baseBytes
  if (kind === FrameKind.REFUSED) return 12
  if (kind === FrameKind.CACHED && isRefused) return layout.claimBytes
  return kind === FrameKind.REPLY && isRefused ? layout.requestBytes : undefined
}
