import { createBroker } from '@clusterbus/broker'
import { type BusOptions, createBus } from '@clusterbus/client'
import type { Peer } from './peer.ts'

/** clusterbus as its README tells to use it, with one codec. */
export function clusterbus(options: BusOptions = {}): Peer {
  return {
    host: () => void createBroker(),
    async connect() {
      const bus = createBus(options)
      await bus.ready()
      return {
        subscribe: (topic, handler) => bus.subscribe(topic, handler).ready,
        publish: (topic, data) => bus.publish(topic, data),
        flush: () => bus.flush(),
        request: (topic, data) => bus.request(topic, data),
        respond: (topic, handler) => bus.respond(topic, handler).ready,
        openCache: async (max) => (await import('./clusterbus-cache.ts')).clusterbusCache(bus, max),
      }
    },
  }
}

export const withJson: Peer = clusterbus()
