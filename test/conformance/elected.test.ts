import { hostAtPath } from '@clusterbus/broker/local'
import { resolveLimits } from '@clusterbus/protocol'
import { placeAt } from '@clusterbus/transport'
import { afterAll, beforeAll } from 'vitest'
import { OwnFolder } from '../paths/support/own-folder.ts'
import { testBusesOfThisProcess } from './support/in-process.ts'

const folder = new OwnFolder()
const path = folder.socket()
// It would end with the last bus of its process, and ids begin anew with the next.
let host: Awaited<ReturnType<typeof hostAtPath>>

beforeAll(async () => {
  host = await hostAtPath(placeAt(path, 'listen'), resolveLimits(), undefined)
})
afterAll(async () => {
  await host?.handOver()
  folder.remove()
})

testBusesOfThisProcess('tenth', { path, host: 'elect' }, 'socket')
