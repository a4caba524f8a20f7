import type { Bus, BusOptions, EventMap } from '@clusterbus/client'
import type { BusCase, BusHost, CaseTools } from './bus-case.ts'
import { withinTime } from './tools/within-time.ts'

/** Runs one case where `host` says, and closes what it opened. Rejects with what the case threw. */
export async function runCase(busCase: BusCase, host: BusHost): Promise<void> {
  const opened: { close(): Promise<void> }[] = []
  try {
    await withinTime(Promise.resolve(busCase.run(toolsFor(host, opened))), busCase.name)
  } finally {
    await withinTime(Promise.all(opened.map((bus) => bus.close())), `${busCase.name}: closing its buses`)
  }
}

function toolsFor(host: BusHost, opened: { close(): Promise<void> }[]): CaseTools {
  function bus(options?: BusOptions): Bus
  function bus<Events extends EventMap>(options?: BusOptions): Bus<Events>
  function bus<Events extends EventMap>(options?: BusOptions): Bus<Events> {
    const created = host.createBus<Events>(options)
    opened.push(created)
    return created
  }
  return {
    many: (count) => (host.volume === 'full' ? count : Math.ceil(count / 10)),
    memberKind: host.memberKind,
    bus,
    async connected(options) {
      const created = bus(options)
      await created.ready()
      return created
    },
    createWith: (...args) => host.createWith(...args),
    nextWarning: () => host.nextWarning(),
  }
}
