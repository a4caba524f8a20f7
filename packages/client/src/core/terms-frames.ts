import { ChunkWriter, FrameKind, type ToldTerms, write } from '@clusterbus/protocol'

/** What a bus says first to each broker, if it has anything to say about messages that it does not take in time. */
export function termsFrames(terms: ToldTerms | undefined): Buffer[] {
  if (terms === undefined) return []
  const writer = new ChunkWriter()
  write.writeText(writer, FrameKind.TERMS, JSON.stringify(terms))
  return writer.take()
}
