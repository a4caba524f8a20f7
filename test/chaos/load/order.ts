/** What a member is told to do. */
export interface LoadOrder {
  readonly serial: number
  /** Numbered messages that it publishes a second, at most. */
  readonly perSecond: number
  /** Among how many of them there is a job, a request, and one to be confirmed. */
  readonly askEvery: number
  /** Bytes of text in each message. */
  readonly bytes: number
  /** Whether it also has a subscription that is too slow, and drops the oldest of what waits. */
  readonly slow: boolean
}

/** What waits in the slow subscription at most. */
export const slowPattern = 'load.blue'
export const slowMessages = 16

/** Patterns that every member subscribes to; they overlap. */
export const patterns = ['load.>', 'load.red.*', 'load.blue'] as const

/** How long a request or a confirmation may take, in milliseconds: longer than anything that is done to the members. */
export const answerMs = 8_000
