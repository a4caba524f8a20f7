import { ThreadDesk } from '@clusterbus/transport'
import { hostChannel } from './channel-host.ts'
import type { Reception } from './reception.ts'

/**
 * Serves the threads of this process, once it is open. Threads that are started from here on know that there is a broker
 * before they run, and wait for it.
 */
export function threadDesk(reception: Reception): ThreadDesk {
  const { pid } = process
  return new ThreadDesk({
    serve: (channel) => hostChannel(channel, pid, 'thread', reception),
    exited: (thread) => reception.exited(pid, thread),
  })
}
