/** What is said over the bus of this app: every topic, and the type of its data. */
export interface Events {
  // Told to everybody.
  'user-login': { user: string; worker: string }

  // Asked of the primary.
  'config.get': { key: string }
  'profile.load': { id: string }
  'profile.save': Profile

  // Given to one worker of a group, and its answer to all.
  job: { id: number }
  'job-done': { id: number; worker: string }

  // As much as the bus can carry, for a while.
  'burst.begin': { durationMs: number; workers: number }
  'burst.message': { worker: string; number: number }
  'burst.end': { worker: string; published: number }
  'burst.report': BurstReport
}

export interface Profile {
  id: string
  name: string
}

/** What one worker published in a burst, and what it received from the others. */
export interface BurstReport {
  worker: string
  published: number
  received: number
  /** Messages that were missing, doubled or out of order. */
  faults: number
}
