/** One worker of an app under PM2. No code of the app runs in the primary, so the workers host the broker themselves. */

import { createBus } from '@clusterbus/client'

const bus = createBus({ path: String(process.env.BUS_PATH), host: 'elect', name: `worker ${process.env.pm_id}` })

const settings = new Map()
bus.subscribe('settings.changed', ({ key, value }) => settings.set(key, value))

// PM2 asks a worker to end with SIGINT, and gives it 1.6 seconds.
process.once('SIGINT', async () => {
  await bus.drain()
  process.exit(0)
})
setInterval(() => undefined, 2 ** 30)
