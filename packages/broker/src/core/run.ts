import type { ConnectedMember } from './connected-member.ts'
import type { Counters } from './counters.ts'
import type { Recipients } from './routes.ts'
import type { ShapeBook } from './shape-book.ts'

const nobody: Recipients = []

/**
 * Frames that lie one behind the other in one chunk and go to the same members. They are handed on as one slice, so a
 * burst costs the broker a few bytes of reading for each frame, and one step for each member.
 */
export class Run {
  readonly #counters: Counters
  readonly #written: Set<ConnectedMember>
  readonly #fedFull: Set<ConnectedMember>
  readonly #shapes: ShapeBook
  #sender: ConnectedMember | undefined
  #bytes: Buffer | undefined
  #start = 0
  #end = 0
  #frames = 0
  #recipients: Recipients = nobody
  #except: ConnectedMember | undefined

  /** Members whose outbox is added to are put into `written`, and into `fedFull` if they have said that they are full. */
  constructor(counters: Counters, written: Set<ConnectedMember>, fedFull: Set<ConnectedMember>, shapes: ShapeBook) {
    this.#counters = counters
    this.#written = written
    this.#fedFull = fedFull
    this.#shapes = shapes
  }

  /** Takes in the frame of `sender` from `start` to `end`, for all recipients but `except`. */
  add(
    sender: ConnectedMember | undefined,
    bytes: Buffer,
    start: number,
    end: number,
    recipients: Recipients,
    except: ConnectedMember | undefined,
  ): void {
    const continues =
      this.#recipients === recipients && this.#end === start && this.#bytes === bytes && this.#except === except
    if (!continues) {
      this.finish()
      this.#sender = sender
      this.#bytes = bytes
      this.#start = start
      this.#recipients = recipients
      this.#except = except
    }
    this.#end = end
    this.#frames += 1
  }

  /** Hands the run on. Must come before anything else is written to a member. */
  finish(): void {
    if (this.#bytes === undefined) return
    for (const member of this.#recipients) {
      if (member === this.#except) continue
      if (this.#sender !== undefined) this.#shapes.introduce(this.#sender, member)
      member.outbox.append(this.#bytes, this.#start, this.#end, this.#frames)
      this.#counters.delivered += this.#frames
      this.#written.add(member)
      if (member.isFull) this.#fedFull.add(member)
    }
    // Nothing is held on to between runs: neither the chunk nor members that may go.
    this.#sender = undefined
    this.#bytes = undefined
    this.#recipients = nobody
    this.#except = undefined
    this.#frames = 0
  }
}
