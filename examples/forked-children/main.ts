/** A process that starts others, without a cluster: they share its bus, ask each other, and one of them is killed. */

import { createBroker } from '@clusterbus/broker'
import { createBus } from '@clusterbus/client'
import assert from 'node:assert/strict'
import { type ChildProcess, fork, spawn } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'
import type { Events } from './events.ts'

const resizer = fileURLToPath(new URL('resizer.ts', import.meta.url))

const broker = createBroker()
const bus = createBus<Events>({ name: 'main' })
const resized: string[] = []
bus.subscribe('resized', ({ file, by }) => resized.push(`${file} by ${by}`))
await bus.flush()

const forked = fork(resizer, ['forked'])
const spawned = spawn(process.execPath, [...process.execArgv, resizer, 'spawned'], {
  stdio: ['inherit', 'inherit', 'inherit', 'ipc'],
})
for (const child of [forked, spawned]) broker.attach(child)
await Promise.all([forked, spawned].map(ready))
console.log(
  `members: ${broker
    .members()
    .map(({ name, kind }) => `${name} (${kind})`)
    .toSorted()
    .join(', ')}`,
)

for (const file of ['a.png', 'b.png', 'c.png', 'd.png']) await bus.publish('resize', { file }, { confirm: 'handled' })
await bus.flush()
const shares = ['forked', 'spawned'].map((name) => resized.filter((text) => text.endsWith(name)).length)
console.log(`resized: ${resized.length}, ${shares.join(' by the forked child and ')} by the spawned one`)

const left = bus.once('$sys.member.left')
await bus.flush()
forked.kill('SIGKILL')
const { name } = (await left).data
const { delivered } = await bus.publish('resize', { file: 'e.png' }, { confirm: 'handled' })
await bus.flush()
console.log(`killed: ${name}; the next file was resized by ${resized.at(-1)?.split(' ').at(-1)}`)

spawned.disconnect()
await once(spawned, 'exit')
await bus.drain()
await broker.drain()
console.log('the other was disconnected, and has ended by itself')

assert.deepEqual([shares, delivered, resized.length], [[2, 2], 1, 5])
assert.equal(name, 'forked')

/** A child says so over its own channel; the bus does not mind, and neither do the messages of the app. */
async function ready(child: ChildProcess): Promise<void> {
  assert.deepEqual(await once(child, 'message'), ['ready', undefined])
}
