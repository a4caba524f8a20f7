// Buses load it when they need one, and from sources that takes too long on a busy machine.
import '@clusterbus/broker/local'
import { onTestFinished } from 'vitest'
import { type Bus, type BusError, type BusOptions, createBus } from '../../src/index.ts'

/** A bus at the broker of this process, until the test is over, and the errors that it has told. */
export function openBus(options: BusOptions = {}): { bus: Bus; errors: BusError[] } {
  const bus: Bus = createBus({ broker: 'local', ...options })
  const errors: BusError[] = []
  bus.on('error', (error) => errors.push(error))
  onTestFinished(() => bus.close())
  return { bus, errors }
}
