import type { FakeLink } from '@clusterbus/testkit'
import { topic } from './frames.ts'
import { keyedCodec } from './keyed-codec.ts'
import { TestBus } from './test-bus.ts'

export function newBus(limits = {}): TestBus {
  return new TestBus({ codec: keyedCodec(), limits })
}

/** The topic `numbered` is told a number: what is published to it may refer to shapes. */
export function connect(bus: TestBus, id = 1, payloadBytes?: number): FakeLink {
  const link = bus.connect(id, payloadBytes)
  link.say(topic(3, 'numbered'))
  return link
}

export function publishAll(bus: TestBus, name: string, all: readonly unknown[]): void {
  for (const data of all) bus.core.publish(name, data)
}
