// An ESLint plugin whose rule is about all files together: no route is declared twice. With --concurrency, ESLint spreads
// the files over threads that know nothing of each other. So all tell the main thread what they see, and it judges.

import { createBroker } from '@clusterbus/broker'
import { createBus } from '@clusterbus/client'
import { isMainThread } from 'node:worker_threads'

// A thread with a large file before it says nothing for long, and is not given up for it.
if (isMainThread) createBroker({ silenceTimeout: 600_000 })
const bus = createBus()
await bus.ready()

const verbs = ['get', 'post', 'put', 'patch', 'delete']
const places = new Map()

/** Reports nothing by itself, since no thread can know. */
const unique = {
  create: ({ filename }) => ({
    CallExpression({ callee, arguments: [path], loc }) {
      const verb = callee.property?.name
      if (!verbs.includes(verb) || typeof path?.value !== 'string') return
      bus.publish('route', { route: `${verb} ${path.value}`, place: `${filename}:${loc.start.line}` })
    },
  }),
}
export const rules = { unique }

if (isMainThread) {
  bus.subscribe('route', ({ route, place }) => places.set(route, [...(places.get(route) ?? []), place]))
  process.once('beforeExit', judge)
}

async function judge() {
  // A thread has left when all that it said has been heard.
  while ((await bus.members()).some(({ kind }) => kind === 'thread'));
  for (const [route, seen] of places) {
    const [first, ...others] = seen.sort()
    for (const place of others) console.log(`${place}  ${route} is declared in ${first} already`)
    if (others.length > 0) process.exitCode = 1
  }
}
