import { createBus } from '@clusterbus/client'
import type { Events } from './events.ts'

/** A child: `createBus()` finds the broker of the process that has attached it. */
const [, , name = 'resizer'] = process.argv
const bus = createBus<Events>({ name })

bus.subscribe('resize', ({ file }) => void bus.publish('resized', { file, by: name }), { group: 'resizers' })
await bus.flush()
process.send?.('ready')

// Stays until it is disconnected: a bus alone keeps no process running.
process.once('disconnect', () => void bus.drain())
