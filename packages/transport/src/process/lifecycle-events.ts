import { BusError, describeThrown, quoted } from '@clusterbus/protocol'
import { EventEmitter } from 'eventemitter3'

/**
 * Lifecycle events of a bus or a broker. Nothing that happens here can bring the process down: an `'error'` that nobody
 * listens to, and whatever a listener throws, becomes a process warning.
 */
export class LifecycleEvents<Events extends { error: [error: Error] } & Record<keyof Events, unknown[]>> {
  readonly #emitter = new EventEmitter()
  readonly #names: readonly string[]

  /** All events that there are; to listen to any other would do nothing. */
  constructor(names: readonly (keyof Events & string)[]) {
    this.#names = names
  }

  /** Throws `BAD_OPTION` for a name that is no event, and for what is no function. */
  on<Name extends keyof Events & string>(name: Name, listener: (...args: Events[Name]) => unknown): void {
    if (!this.#names.includes(name)) {
      const message = `on: there is no event ${quoted(name)}; there are ${this.#names.join(', ')}`
      throw new BusError('BAD_OPTION', message, { option: 'event' })
    }
    if (typeof listener !== 'function') {
      const message = `on(${quoted(name)}): the listener must be a function, not ${quoted(listener)}`
      throw new BusError('BAD_OPTION', message, { option: 'listener' })
    }
    this.#emitter.on(name, listener)
  }

  off<Name extends keyof Events & string>(name: Name, listener: (...args: Events[Name]) => unknown): void {
    this.#emitter.off(name, listener)
  }

  emit<Name extends keyof Events & string>(name: Name, ...args: Events[Name]): void {
    const listeners = this.#emitter.listeners(name)
    if (name === 'error' && listeners.length === 0) warn(args[0])
    for (const listener of listeners) {
      try {
        // A listener may be an async function.
        Promise.resolve(listener(...args)).catch(warn)
      } catch (error) {
        warn(error)
      }
    }
  }
}

function warn(error: unknown): void {
  process.emitWarning(error instanceof Error ? error : describeThrown(error).message)
}
