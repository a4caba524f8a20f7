/** Reads of a key that returned a version: how many, and when the last of them began. */
export type ReadNote = readonly [key: string, version: number, lastMs: number, count: number]

/** An invalidation that has resolved, and which versions were there when it was called, of each key that it named. */
export interface InvalidationNote {
  readonly calledMs: number
  readonly resolvedMs: number
  readonly floors: readonly (readonly [key: string, version: number])[]
}

/** What a member has done since it last told. Times are of the clock that all processes share. */
export interface Book {
  readonly reads: readonly ReadNote[]
  readonly invalidations: readonly InvalidationNote[]
  /** Codes with which invalidations have ended otherwise. */
  readonly failures: readonly string[]
  /** Reads that were answered from its caches. */
  readonly hits: number
}

export function isBook(report: unknown): report is { readonly book: Book } {
  return typeof report === 'object' && report !== null && 'book' in report
}

/** A member asks for the next version of a key to be written. */
export interface WriteRequest {
  readonly write: string
  readonly id: number
}

export function isWriteRequest(report: unknown): report is WriteRequest {
  return typeof report === 'object' && report !== null && 'write' in report && 'id' in report
}
