import { BusError, type Link } from '@clusterbus/protocol'

/** A broker that lives in this process, as a bus of the same process finds it. */
export interface ProcessBroker {
  /** Connects a bus of this process, which `bus` tells from all others; returns the bus's end of the link. */
  connect(name: string | undefined, bus: string): Link
  /**
   * For a broker that was made only because a bus had none: called when the app creates one of its own. It ends then,
   * and its buses go over to the other.
   */
  readonly giveWay?: () => void
}

/**
 * Kept under a global symbol and not in this module, because an app may have loaded the module twice, as ESM and
 * bundled, and still is one process.
 */
const key = Symbol.for('clusterbus.process-broker.1')
const holder: typeof globalThis & { [key]?: ProcessBroker | undefined } = globalThis

/** The broker that buses of this process connect to. */
export function processBroker(): ProcessBroker | undefined {
  return holder[key]
}

/** Makes a broker known to the buses of this process. Throws `NOT_ALLOWED` when the app has created one already. */
export function registerProcessBroker(broker: ProcessBroker): void {
  const present = holder[key]
  if (present !== undefined && present.giveWay === undefined) {
    const message = 'createBroker: this process has a broker already; use that one, or close it first'
    throw new BusError('NOT_ALLOWED', message)
  }
  holder[key] = broker
  present?.giveWay?.()
}

export function unregisterProcessBroker(broker: ProcessBroker): void {
  if (holder[key] === broker) holder[key] = undefined
}
