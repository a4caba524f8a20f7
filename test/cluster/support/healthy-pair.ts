import { type Broker, type BrokerOptions, createBroker } from '@clusterbus/broker'
import { type Bus, createBus } from '@clusterbus/client'
import { expect } from 'vitest'
import type { AsksForTickets } from '../fixtures/asks-for-tickets.ts'
import { joinWorker, type ToldWorker } from './members.ts'
import { forkWorker, type TestWorker } from './workers.ts'

/** A broker with two orderly members, a worker and this process, and a worker that gets tickets for others. */
export class HealthyPair {
  readonly broker: Broker
  readonly bus: Bus
  readonly worker: ToldWorker
  readonly usher: TestWorker<AsksForTickets>
  /** What the broker reported. */
  readonly errors: { readonly code: string; readonly message: string }[] = []
  readonly #heard: unknown[] = []
  #said = 0

  constructor(broker: Broker, bus: Bus, worker: ToldWorker, usher: TestWorker<AsksForTickets>) {
    this.broker = broker
    this.bus = bus
    this.worker = worker
    this.usher = usher
    broker.on('error', ({ code, message }) => this.errors.push({ code, message }))
    bus.subscribe('healthy.worker', (data) => this.#heard.push(data))
  }

  /** Each hears the other, in order, and has never lost its link. */
  async expectUnharmed(): Promise<void> {
    this.#said += 1
    this.bus.publish('healthy.bus', this.#said)
    await this.worker.call('publish', 'healthy.worker', this.#said)
    const heard = await this.worker.call('received', 'healthy.bus', this.#said)
    expect(heard.map(({ data }) => data)).toEqual(Array.from({ length: this.#said }, (_, index) => index + 1))
    await this.worker.call('flush')
    await this.bus.flush()
    expect(this.#heard).toEqual(heard.map(({ data }) => data))
    expect((await this.worker.call('stats')).connects).toBe(1)
    expect(this.bus.stats().connects).toBe(1)
  }

  async close(): Promise<void> {
    await this.bus.close()
    await this.broker.close()
  }
}

export async function healthyPair(options: BrokerOptions = {}): Promise<HealthyPair> {
  const broker = createBroker({ transport: 'socket', ...options })
  const usher = forkWorker<AsksForTickets>('asks-for-tickets')
  const bus = createBus()
  const worker = await joinWorker()
  const pair = new HealthyPair(broker, bus, worker, usher)
  await worker.call('subscribe', 'healthy.bus')
  await bus.flush()
  return pair
}
