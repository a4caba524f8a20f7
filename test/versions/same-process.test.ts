import { createBroker } from '@clusterbus/broker'
import { createBus } from '@clusterbus/client'
import { expect, test } from 'vitest'
import * as frozen from './frozen/version-1.mjs'

const versions = {
  'version 1': frozen,
  'the newest version': { createBroker, createBus },
}

/** An app and a library of it may have brought a copy each. */
test.each([
  ['version 1', 'the newest version'],
  ['the newest version', 'version 1'],
] as const)('a broker of %s serves the buses of both versions in its process', async (own, other) => {
  const broker = versions[own].createBroker()
  const buses = [versions[own].createBus(), versions[other].createBus()]
  for (const bus of buses) {
    await bus.ready()
    await bus.respond('ask', () => 'answer').ready
    expect(await bus.request('ask')).toBe('answer')
  }
  expect(broker.members()).toHaveLength(2)
  await Promise.all(buses.map((bus) => bus.close()))
  await broker.close()
})

test.each(Object.keys(versions) as (keyof typeof versions)[])(
  'buses of both versions that run alone share the broker that one of %s has started, and go over to the app’s',
  async (first) => {
    const second = first === 'version 1' ? 'the newest version' : 'version 1'
    const buses = [versions[first].createBus()]
    await buses[0]?.ready()
    buses.push(versions[second].createBus())
    const [one, two] = buses
    await two?.ready()
    await one?.respond('ask', () => 'answer').ready
    expect(await two?.request('ask')).toBe('answer')
    const broker = versions[second].createBroker()
    await expect.poll(() => broker.members()).toHaveLength(2)
    // They are members before they hear of it, and version 1 complains when it is closed in between.
    await Promise.all(buses.map((bus) => bus.flush()))
    await Promise.all(buses.map((bus) => bus.close()))
    await broker.close()
  },
)
