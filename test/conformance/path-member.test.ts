import { afterAll, beforeAll } from 'vitest'
import { OwnFolder } from '../paths/support/own-folder.ts'
import { Program } from '../paths/support/program.ts'
import { testBusesOfThisProcess } from './support/in-process.ts'

const folder = new OwnFolder()
const path = folder.socket()
let broker: Program

beforeAll(async () => {
  broker = new Program('--path', path)
  await broker.listening()
})
afterAll(async () => {
  await broker.end('SIGTERM')
  folder.remove()
})

testBusesOfThisProcess('tenth', { path }, 'socket')
