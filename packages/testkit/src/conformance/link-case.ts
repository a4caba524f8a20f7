import type { Link } from '@clusterbus/protocol'
import type { RecordingReceiver } from '../fakes/recording-receiver.ts'

/** A kind of link. What differs between kinds is said here, and nowhere else. */
export interface LinkHost {
  /** The two ends of a new link, neither of them open. */
  pair(): Promise<readonly [Link, Link]> | readonly [Link, Link]
  /** Whether bytes that come before an end is open wait for that. On a shared channel they are nobody's yet. */
  readonly holdsBytesUntilOpen: boolean
  /** Resolves when all that is under way and not held back has had the time to arrive. */
  settle(): Promise<void>
}

/** An open link between two receivers that take everything down. */
interface OpenPair {
  readonly left: Link
  readonly right: Link
  readonly atLeft: RecordingReceiver
  readonly atRight: RecordingReceiver
}

/** What a case is given. Every link that it makes is destroyed after it, whatever happened. */
export interface LinkTools {
  readonly holdsBytesUntilOpen: boolean
  pair(): Promise<readonly [Link, Link]>
  open(): Promise<OpenPair>
  settle(): Promise<void>
}

/** One promise of the contract, and how to see that it is kept. */
export interface LinkCase {
  readonly name: string
  run(t: LinkTools): Promise<void>
}
