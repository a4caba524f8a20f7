import { createBroker } from '@clusterbus/broker'
import { createBus } from '@clusterbus/client'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync } from 'node:fs'
import { chmod, copyFile, mkdir, mkdtemp, readdir, readFile, rm, stat } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { afterEach, beforeEach, describe, expect, onTestFinished, test } from 'vitest'
import { healthyPair } from './support/healthy-pair.ts'
import { joinWorker } from './support/members.ts'
import { runProgram } from './support/programs.ts'
import { admission } from './support/raw-member.ts'
import { endWorkers } from './support/workers.ts'

const nobody = 65_534
const usualFolder = process.env.TMPDIR
let folder = ''

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'sockets-'))
  process.env.TMPDIR = folder
})

afterEach(async () => {
  if (usualFolder === undefined) delete process.env.TMPDIR
  else process.env.TMPDIR = usualFolder
  await endWorkers()
  await rm(folder, { recursive: true })
})

/** What clusterbus has made in the folder for temporary files. */
async function directories(): Promise<string[]> {
  const names = await readdir(process.env.TMPDIR ?? '')
  return names.filter((name) => name.startsWith('clusterbus-'))
}

test.each([0o000, 0o022, 0o777])('with umask %o the socket is in a directory that is ours alone', async (mask) => {
  const usual = process.umask(mask)
  onTestFinished(() => void process.umask(usual))
  const broker = createBroker({ transport: 'socket' })
  await broker.ready()
  const [name = '', ...more] = await directories()
  expect(more).toEqual([])
  expect(name).toMatch(/^clusterbus-[A-Za-z0-9]{6,}$/)
  const { mode, uid } = await stat(join(folder, name))
  expect(mode & 0o7777).toBe(0o700)
  expect(uid).toBe(process.getuid?.())
  await broker.close()
  expect(await directories()).toEqual([])
})

test('each broker has another directory', async () => {
  const seen = new Set<string>()
  for (let round = 0; round < 20; round++) {
    const broker = createBroker({ transport: 'socket' })
    await broker.ready()
    for (const name of await directories()) seen.add(name)
    await broker.close()
  }
  expect(seen.size).toBe(20)
})

test.each(['exit', 'end', 'throw'])('the directory goes with its process: %s', async (end) => {
  const { stdout } = await runProgram('opens-a-socket', { args: [end], env: { TMPDIR: folder } })
  expect(JSON.parse(stdout)).toEqual([expect.stringMatching(/^clusterbus-/)])
  expect(await directories()).toEqual([])
})

describe('with a folder for temporary files whose name is too long for a socket', () => {
  beforeEach(async () => {
    process.env.TMPDIR = join(folder, 'x'.repeat(108))
    await mkdir(process.env.TMPDIR)
  })

  test('the data goes over IPC', async () => {
    await using broker = createBroker()
    await using bus = createBus()
    await broker.ready()
    const heard = bus.once('news')
    const worker = await joinWorker()
    await worker.call('publish', 'news', 'by IPC')
    expect((await heard).data).toBe('by IPC')
    expect(await directories()).toEqual([])
  })

  test('whoever insists on a socket is told why there is none', async () => {
    await using broker = createBroker({ transport: 'socket' })
    await expect(broker.ready()).rejects.toMatchObject({
      code: 'NOT_ALLOWED',
      message: expect.stringMatching(/socket path .* bytes.* limit of 107/),
    })
    expect(await directories()).toEqual([])
  })
})

test('a folder that cannot be written to is named', async () => {
  process.env.TMPDIR = join(folder, 'missing')
  await using broker = createBroker({ transport: 'socket' })
  await expect(broker.ready()).rejects.toMatchObject({
    code: 'NOT_ALLOWED',
    message: expect.stringContaining('TMPDIR'),
  })
})

test.skipIf(process.getuid?.() !== 0)(
  'another user can neither look into the directory nor connect (needs root)',
  async () => {
    await chmod(folder, 0o755)
    await using broker = createBroker({ transport: 'socket' })
    await broker.ready()
    const [name = ''] = await directories()
    const program = `
    const attempt = (call) => { try { call(); return 'done' } catch ({ code }) { return code } }
    const { readdirSync, writeFileSync } = require('node:fs')
    const directory = process.argv[1]
    const tried = [attempt(() => readdirSync(directory)), attempt(() => writeFileSync(directory + '/x', ''))]
    require('node:net').connect(directory + '/s')
      .on('connect', () => console.log(process.getuid(), ...tried, 'connected'))
      .on('error', ({ code }) => console.log(process.getuid(), ...tried, code))`
    // This very Node may stand where only root can go.
    const node = join(folder, 'node')
    await copyFile(process.execPath, node)
    await chmod(node, 0o755)
    const other = spawn(node, ['--eval', program, join(folder, name)], {
      uid: nobody,
      gid: nobody,
      cwd: '/',
      stdio: ['ignore', 'pipe', 'inherit'],
    })
    expect(await text(other.stdout)).toBe('65534 EACCES EACCES EACCES\n')
    expect(existsSync(join(folder, name, 's'))).toBe(true)
    if (other.exitCode === null) await once(other, 'exit')
  },
)

test.skipIf(process.platform !== 'linux')('the secret stands in no environment and no command line', async () => {
  const pair = await healthyPair()
  const { path, ticket } = await admission(pair.usher)
  const pids = [process.pid, process.ppid, pair.worker.pid, pair.usher.pid]
  const files = pids.flatMap((pid) => [`/proc/${pid}/environ`, `/proc/${pid}/cmdline`])
  const contents = await Promise.all(files.map((file) => readFile(file, 'latin1')))
  for (const content of contents) {
    for (const encoding of ['hex', 'base64', 'latin1'] as const) {
      expect(content).not.toContain(ticket.secret.toString(encoding))
    }
    expect(content).not.toContain(path)
  }
  expect(Object.values(process.env).join()).not.toContain(ticket.secret.toString('hex'))
  await pair.close()
})
