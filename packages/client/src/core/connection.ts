import {
  BusError,
  type Clock,
  describeThrown,
  FrameKind,
  FrameStream,
  layout,
  type Link,
  read,
} from '@clusterbus/protocol'
import { readWelcome, type Welcome } from './welcome.ts'

/** Finds brokers. How is the business of the process that the bus lives in. */
export interface Connector {
  /**
   * Looks for a broker until one is found or the returned function is called, however long that takes. `linked` gets a
   * link to one, once. `refused` may come any number of times: there is a broker, but not for us.
   */
  seek(found: { linked(link: Link): void; refused(error: BusError): void }): () => void
  /**
   * The process exits and there was no link yet: a last chance to hand over what was kept, in the call itself.
   * Without it, what was kept goes with the process.
   */
  lastWords?(segments: readonly Buffer[]): void
  /** What to do when no broker answers, as an error says it. Without it: to create one in the primary. */
  readonly remedy?: string | undefined
  /** The longest pause before the one that follows on a broker is looked for, in milliseconds. Default 1,000. */
  readonly longestPauseMs?: number
  /** The bus is closed. Resolves when the process holds nothing any more that was there for it. */
  closed?(): Promise<void>
}

export interface ConnectionOwner {
  welcomed(link: Link, welcome: Welcome): void
  frame(bytes: Buffer, start: number, end: number): void
  /** All frames that a chunk of so many bytes completed have been handed on. */
  chunkEnded(bytes: number): void
  drained(): void
  /** The link is gone, after it was welcomed. */
  lost(reason: BusError): void
  /** No broker within `connectTimeout`, or one that refuses us. The search goes on. */
  unreachable(error: BusError): void
}

/** First and longest pause before a broker is looked for again, in milliseconds; it doubles in between. */
const pauseMs = [20, 1_000] as const
/** What the broker itself says, such as who is connected, may be longer than what members may, in bytes. */
const brokerPayloadBytes = 8 * 1024 * 1024
/** A link that lasted so long starts the pauses from the first again, in milliseconds. */
const stableMs = 5_000

/**
 * `idle`: not started. `seeking`: looks for a broker. `linked`: has a link, waits for the welcome. `welcomed`: at work.
 * `pausing`: the link was lost a moment ago. `ending`: sends its last bytes. `closed`: over.
 */
type State = 'idle' | 'seeking' | 'linked' | 'welcomed' | 'pausing' | 'ending' | 'closed'

/** The bus's way to its broker: finds it, loses it, finds it again. */
export class Connection {
  readonly #connector: Connector
  readonly #clock: Clock
  readonly #owner: ConnectionOwner
  readonly #connectTimeoutMs: number
  readonly #frameBytesMax: number
  #state: State = 'idle'
  #link: Link | undefined
  #stopSeeking: () => void = () => undefined
  #cancelTimeout: (() => void) | undefined
  #cancelPause: () => void = () => undefined
  #cancelHold: (() => void) | undefined
  #farewell: BusError | undefined
  #pauses = 0
  #welcomedAt = 0
  #holds = 0
  #whenClosed: (() => void) | undefined

  constructor(
    connector: Connector,
    clock: Clock,
    limits: { connectTimeoutMs: number; payloadBytes: number },
    owner: ConnectionOwner,
  ) {
    this.#connector = connector
    this.#clock = clock
    this.#connectTimeoutMs = limits.connectTimeoutMs
    this.#frameBytesMax = layout.frameBytesMax(limits.payloadBytes)
    this.#owner = owner
  }

  get isWelcomed(): boolean {
    return this.#state === 'welcomed'
  }

  start(): void {
    if (this.#state === 'idle') this.#seek()
  }

  /** Something is under way that the process should stay for. {@link release} must follow. */
  hold(): void {
    this.#holds += 1
    this.#applyHolds()
  }

  release(): void {
    this.#holds -= 1
    this.#applyHolds()
  }

  /**
   * Sends what the link has taken, and closes; by force after `timeoutMs`. `ended` is called then, with the link still
   * there to be asked what it holds, unless nobody has said welcome: such a link has taken nothing. Resolves when it is
   * closed.
   */
  end(timeoutMs: number, ended: () => void): Promise<void> {
    const link = this.#link
    if (link === undefined || this.#state === 'closed') {
      this.#stop()
      return Promise.resolve()
    }
    const { isWelcomed } = this
    this.#state = 'ending'
    this.#stopTimeout()
    return new Promise((resolve) => {
      const cancel = this.#clock.after(timeoutMs, () => link.destroy(), true)
      this.#whenClosed = () => {
        cancel()
        if (isWelcomed) ended()
        resolve()
      }
      link.end()
    })
  }

  /** Closes the link now, for that reason; a broker is looked for again. */
  giveUp(reason: BusError): void {
    if (this.#state !== 'welcomed') return
    this.#farewell = reason
    this.#link?.destroy()
  }

  lastWords(segments: readonly Buffer[]): void {
    if (this.#state !== 'closed') this.#connector.lastWords?.(segments)
  }

  #seek(): void {
    this.#state = 'seeking'
    // Once for all tries until a broker says welcome.
    this.#cancelTimeout ??= this.#clock.after(this.#connectTimeoutMs, () =>
      this.#owner.unreachable(this.#unreachable()),
    )
    this.#stopSeeking = this.#connector.seek({
      linked: (link) => this.#linked(link),
      refused: (error) => this.#refused(error),
    })
    this.#applyHolds()
  }

  /** There is a broker, but not for us, or not now. */
  #refused(error: BusError): void {
    if (this.#state !== 'seeking') return
    this.#stopSeeking()
    this.#state = 'pausing'
    this.#owner.unreachable(error)
    this.#pause(true)
  }

  #linked(link: Link): void {
    if (this.#state !== 'seeking') {
      link.destroy()
      return
    }
    this.#state = 'linked'
    this.#link = link
    this.#farewell = undefined
    const stream = new FrameStream(this.#frameBytesMax)
    link.open({
      onChunk: (chunk) => this.#received(link, stream, chunk),
      onDrain: () => this.#owner.drained(),
      onClose: (cause) => this.#closed(cause),
    })
    this.#applyHolds()
  }

  #received(link: Link, stream: FrameStream, chunk: Buffer): void {
    try {
      stream.push(chunk, (bytes, start, end) => this.#frame(stream, bytes, start, end))
      this.#owner.chunkEnded(chunk.length)
    } catch (error) {
      // The rest of the chunk is lost with this, so nothing that follows on this link could be understood.
      this.#farewell = unheard(error)
      link.destroy()
    }
  }

  #frame(stream: FrameStream, bytes: Buffer, start: number, end: number): void {
    const kind = bytes[start + 4]
    if (kind === FrameKind.CLOSE) {
      const { code, message } = read.readFailure(bytes.toString('utf8', start + layout.baseBytes, end))
      this.#farewell = new BusError(code, `the broker closed the link: ${message}`)
    } else if (this.#state === 'welcomed') {
      this.#owner.frame(bytes, start, end)
    } else if (this.#state === 'linked') {
      if (kind !== FrameKind.WELCOME) throw read.badFrame(`kind ${kind} before the welcome`)
      const welcome = readWelcome(bytes.toString('utf8', start + layout.baseBytes, end))
      // From now on it is the broker that says how long a frame may be.
      stream.maxBytes = layout.frameBytesMax(Math.max(welcome.payloadBytes, brokerPayloadBytes))
      this.#welcomed(welcome)
    }
  }

  #welcomed(welcome: Welcome): void {
    if (this.#link === undefined) return
    this.#state = 'welcomed'
    this.#stopTimeout()
    this.#welcomedAt = this.#clock.now()
    this.#owner.welcomed(this.#link, welcome)
    this.#applyHolds()
  }

  #closed(cause: Error | undefined): void {
    const before = this.#state
    this.#link = undefined
    if (before === 'ending' || before === 'closed') {
      this.#stop()
      this.#whenClosed?.()
      return
    }
    this.#state = 'pausing'
    const { code, message } = this.#farewell ?? {
      code: 'DISCONNECTED' as const,
      message: 'the link to the broker closed',
    }
    const reason = new BusError(code, message, cause === undefined ? {} : { cause })
    if (before === 'welcomed') this.#owner.lost(reason)
    else if (this.#farewell !== undefined) this.#owner.unreachable(reason)
    if (before === 'welcomed' && this.#clock.now() - this.#welcomedAt >= stableMs) this.#pauses = 0
    this.#pause(code !== 'CLOSED' && code !== 'DISCONNECTED')
  }

  /** One that ends is soon followed by another; one that stays and does not want us is not to be busy with saying so. */
  #pause(isUnwanted: boolean): void {
    // A listener that was told may have closed the bus.
    if (this.#state !== 'pausing') return
    const [first, longest] = pauseMs
    const most = isUnwanted ? longest : (this.#connector.longestPauseMs ?? longest)
    const pause = Math.min(most, first * 2 ** this.#pauses)
    this.#pauses += 1
    this.#cancelPause = this.#clock.after(pause, () => this.#seek())
    this.#applyHolds()
  }

  #stop(): void {
    this.#state = 'closed'
    this.#stopTimeout()
    this.#cancelPause()
    this.#stopSeeking()
    this.#cancelHold?.()
    this.#cancelHold = undefined
  }

  #stopTimeout(): void {
    this.#cancelTimeout?.()
    this.#cancelTimeout = undefined
  }

  #applyHolds(): void {
    const held = this.#holds > 0 && this.#state !== 'closed'
    if (held) this.#link?.ref()
    else this.#link?.unref()
    // Without a link a timer keeps the process, no longer than a broker may take.
    if (held && this.#link === undefined) {
      this.#cancelHold ??= this.#clock.after(this.#connectTimeoutMs, () => undefined, true)
    } else {
      this.#cancelHold?.()
      this.#cancelHold = undefined
    }
  }

  #unreachable(): BusError {
    const ms = this.#connectTimeoutMs
    const remedy = this.#connector.remedy ?? 'call createBroker() in the primary'
    const message = `no broker answered within ${ms} ms; ${remedy}, or raise connectTimeout`
    return new BusError('BROKER_UNREACHABLE', message, { timeoutMs: ms })
  }
}

/** Why nothing more of what the broker says is heard. */
function unheard(cause: unknown): BusError {
  if (cause instanceof BusError && cause.code === 'VERSION_MISMATCH') return cause
  return new BusError('BAD_FRAME', `what the broker sent could not be handled: ${describeThrown(cause).message}`, {
    cause,
  })
}
