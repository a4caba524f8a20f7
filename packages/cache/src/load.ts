import { abortedError } from './errors.ts'
import type { Key } from './keys.ts'

/** Tags of an entry, or what tells them from its value. */
export type TagsOf<V> = readonly string[] | ((value: V) => readonly string[])

/** What a load is begun with. */
export interface LoadTerms<K extends Key, V> {
  readonly key: K
  readonly tags: TagsOf<V>
  readonly ttl: number | undefined
  /** How messages name the call. */
  readonly call: string
}

/**
 * `current`: it began while the lease was fresh and nothing has voided it since, so it may be joined and stored. `void`: it
 * is for those who wait for it already. `ended`: its readers have their answer, or have all gone.
 */
type Phase = 'current' | 'void' | 'ended'

interface Reader<V> {
  readonly resolve: (value: V) => void
  readonly reject: (error: unknown) => void
  readonly release: () => void
}

/** One load and those who wait for it. */
export class Load<K extends Key, V> {
  readonly terms: LoadTerms<K, V>
  readonly #abandoned: () => void
  readonly #controller = new AbortController()
  readonly #readers = new Set<Reader<V>>()
  /** Whether it goes on when nobody waits. */
  readonly #isBehind: boolean
  #phase: Phase
  #isCalling = false

  /** `abandoned` is called when the last of its readers has gone. A load `behind` a stale answer needs no reader. */
  constructor(terms: LoadTerms<K, V>, mayBeStored: boolean, behind: boolean, abandoned: () => void) {
    this.terms = terms
    this.#phase = mayBeStored ? 'current' : 'void'
    this.#isBehind = behind
    this.#abandoned = abandoned
  }

  get isCurrent(): boolean {
    return this.#phase === 'current'
  }

  get hasEnded(): boolean {
    return this.#phase === 'ended'
  }

  /** Whether its loader has been called and has not returned: whoever joins now, is called by it. */
  get isCalling(): boolean {
    return this.#isCalling
  }

  get signal(): AbortSignal {
    return this.#controller.signal
  }

  /** Calls the loader, which may throw. */
  call<Loaded>(loader: (context: { readonly key: K; readonly signal: AbortSignal }) => Loaded): Loaded {
    this.#isCalling = true
    try {
      return loader({ key: this.terms.key, signal: this.signal })
    } finally {
      this.#isCalling = false
    }
  }

  /** Waits for it. The signal ends only this wait. */
  join(signal: AbortSignal | undefined, call: string): Promise<V> {
    return new Promise((resolve, reject) => {
      const leave = (): void => {
        this.#readers.delete(reader)
        reader.release()
        if (signal !== undefined) reject(abortedError(call, signal))
        if (this.#readers.size === 0 && !this.#isBehind) this.#abandon(signal?.reason)
      }
      const release = (): void => signal?.removeEventListener('abort', leave)
      const reader: Reader<V> = { resolve, reject, release }
      this.#readers.add(reader)
      signal?.addEventListener('abort', leave)
    })
  }

  /** What it loads must not be stored, nor joined by those who come from now on. */
  void(): void {
    if (this.#phase === 'current') this.#phase = 'void'
  }

  resolve(value: V): void {
    for (const { resolve } of this.#end()) resolve(value)
  }

  reject(error: unknown): void {
    for (const { reject } of this.#end()) reject(error)
  }

  /** Ends it with an error before its loader has: that is told by its signal. */
  stop(error: Error): void {
    this.reject(error)
    this.#controller.abort(error)
  }

  #abandon(reason: unknown): void {
    this.#phase = 'ended'
    this.#abandoned()
    this.#controller.abort(reason)
  }

  #end(): readonly Reader<V>[] {
    this.#phase = 'ended'
    const readers = [...this.#readers]
    this.#readers.clear()
    for (const { release } of readers) release()
    return readers
  }
}
