/** PeerServer under PM2, in three processes: six peers call each other, wherever each of them happens to be connected. */

import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { createAppFolder } from '../support/app-folder.ts'
import { freePort } from '../support/free-port.ts'
import { interruption } from '../support/interruption.ts'
import { Pm2 } from '../support/pm2.ts'
import { Peer } from './peer.ts'

const processes = 3
const names = ['ada', 'bob', 'cem', 'dee', 'eve', 'fay']
const calls = names.length * (names.length - 1)
const source = readFileSync(new URL('server.cjs', import.meta.url), 'utf8')
const options = "{ path: process.env.BUS, host: 'elect' }"
assert(source.includes(options))

using folder = await createAppFolder()
folder.link('peer')
folder.write('server.cjs', source)
folder.write('alone.cjs', source.replace(options, "{ broker: 'local' }"))
const ports = { alone: await freePort(), together: await freePort() }
const apps = [describe('alone.cjs', ports.alone), describe('server.cjs', ports.together)]
folder.write('ecosystem.json', JSON.stringify({ apps }))

await using pm2 = new Pm2(join(folder.path, 'pm2'))
await pm2.run('start', join(folder.path, 'ecosystem.json'))

const alone = await callsThatAreAnswered(ports.alone)
console.log(`each process alone: ${alone} of ${calls} calls are answered`)
assert(alone < calls)

const together = await callsThatAreAnswered(ports.together)
console.log(`with the bus:       ${together} of ${calls} calls are answered`)
assert.equal(together, calls)

function describe(script: string, port: number): unknown {
  return {
    name: script,
    script: join(folder.path, script),
    env: { PORT: port, BUS: join(folder.path, 'bus.sock') },
    exec_mode: 'cluster',
    instances: processes,
    // It says when it listens.
    wait_ready: true,
    listen_timeout: 30_000,
    pmx: false,
    vizion: false,
  }
}

async function callsThatAreAnswered(port: number): Promise<number> {
  const peers: Peer[] = []
  try {
    for (const name of names) {
      const peer = new Peer(port, name)
      peers.push(peer)
      await peer.opened()
      // Who can be called by itself can be called by all.
      assert(await peer.call(peer.id))
    }
    let answered = 0
    for (const from of peers) {
      interruption.throwIfAborted()
      for (const to of peers) {
        if (from !== to && (await from.call(to.id))) answered += 1
      }
    }
    return answered
  } finally {
    await Promise.all(peers.map((peer) => peer.close()))
  }
}
