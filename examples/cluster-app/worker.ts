/** One of the HTTP workers: a bus, and a server on the port that all workers share. */

import { createBus } from '@clusterbus/client'
import cluster from 'node:cluster'
import { takePartInBursts } from './bursts.ts'
import type { Events } from './events.ts'
import { createHttpServer } from './http-server.ts'
import { doJobs } from './jobs.ts'
import { createProfiles } from './profiles.ts'
import { createRoutes } from './routes.ts'

const name = `worker-${cluster.worker?.id}`
const bus = createBus<Events>({ name })

const server = createHttpServer(name, createRoutes(bus, name, await createProfiles(bus)))
doJobs(bus, name)
takePartInBursts(bus, name)

// The broker takes what a bus says in order: after a flush it has all subscriptions above, and nothing is missed.
await bus.flush()
server.listen(0, '127.0.0.1')

// Ctrl-C reaches all processes of a terminal. The primary decides; it disconnects its workers when it is time.
process.on('SIGINT', () => undefined)
process.once('disconnect', () => void bus.drain())
