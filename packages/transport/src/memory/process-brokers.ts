import { BusError, type Link, type SpokenVersions } from '@clusterbus/protocol'

/** A broker that lives in this process, as a bus of the same process finds it. */
export interface ProcessBroker {
  /**
   * Connects a bus of this process, which `bus` tells from all others; returns the bus's end of the link. A bus of version 1
   * does not say what it speaks.
   */
  connect(name: string | undefined, bus: string, versions?: SpokenVersions): Link
  /**
   * For a broker that was made only because a bus had none: called when the app creates one of its own. It ends then,
   * and its buses go over to the other.
   */
  readonly giveWay?: () => void
}

/**
 * Kept under a global symbol and not in this module, because an app may have loaded the module twice, as ESM and
 * bundled, and still is one process. In a function, because Jest empties the objects that it finds there when a test file
 * has ended, and a bus may have been left open.
 *
 * The two copies may be of two versions. The first one keeps the broker itself there, and takes what it finds for a broker.
 */
const key = Symbol.for('clusterbus.process-broker.1')
const holder: typeof globalThis & { [key]?: ProcessBroker | (() => ProcessBroker) | undefined } = globalThis

/** The broker that buses of this process connect to. */
export function processBroker(): ProcessBroker | undefined {
  const held = holder[key]
  return typeof held === 'function' ? held() : held
}

/** Makes a broker known to the buses of this process. Throws `NOT_ALLOWED` when the app has created one already. */
export function registerProcessBroker(broker: ProcessBroker): void {
  const present = processBroker()
  if (present !== undefined && present.giveWay === undefined) {
    const message = 'createBroker: this process has a broker already; use that one, or close it first'
    throw new BusError('NOT_ALLOWED', message)
  }
  const asInVersion1: ProcessBroker = {
    connect: (...told) => broker.connect(...told),
    ...(broker.giveWay === undefined ? {} : { giveWay: broker.giveWay }),
  }
  holder[key] = Object.assign(() => broker, asInVersion1)
  present?.giveWay?.()
}

export function unregisterProcessBroker(broker: ProcessBroker): void {
  if (processBroker() === broker) holder[key] = undefined
}
