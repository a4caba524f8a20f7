/** ESLint with threads, and a rule that is about all files together. */

import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { createAppFolder, packageFolder } from '../support/app-folder.ts'
import { interruption } from '../support/interruption.ts'

const plugin = readFileSync(new URL('unique-routes.mjs', import.meta.url), 'utf8')
const pluginAlone = plugin.replace('createBus()', "createBus({ broker: 'local' })")

// A file for each thread: the second waits here until the first has taken the other.
const config = `
import * as routes from './unique-routes.mjs'
import { isMainThread, threadId } from 'node:worker_threads'
import { setTimeout } from 'node:timers/promises'

export default [{ plugins: { routes }, rules: { 'routes/unique': 'error' } }]

process.env['AT_WORK_' + threadId] = 'yes'
const atWork = () => Object.keys(process.env).filter((name) => /^AT_WORK_[1-9]/.test(name)).length
while (!isMainThread && atWork() < 2) await setTimeout(1)
`

using folder = await createAppFolder()
folder.write('eslint.config.mjs', config)
folder.write('src/admin.js', "app.get('/users', all)\napp.get('/health', ok)\napp.delete('/users', wipe)\n")
folder.write('src/users.js', "app.get('/users', list)\napp.post('/users', add)\napp.delete('/users', clear)\n")

const expected = ['src/users.js:1  get /users', 'src/users.js:3  delete /users']
tell('one thread', plugin, 'off', expected)
tell('two threads, each alone', pluginAlone, '2', [])
tell('two threads with the bus', plugin, '2', expected)

/** Says what ESLint finds, which has to be what is `found`. */
function tell(how: string, source: string, concurrency: string, found: readonly string[]): void {
  folder.write('unique-routes.mjs', source)
  // For two files it would rather have one thread, and says so.
  const options = ['--disable-warning=ESLintPoorConcurrencyWarning']
  const args = [...options, join(packageFolder('eslint'), 'bin/eslint.js'), '--concurrency', concurrency, 'src']
  const { status, stdout, stderr } = spawnSync(process.execPath, args, { cwd: folder.path, encoding: 'utf8' })
  interruption.throwIfAborted()
  const lines = stdout
    .replaceAll(join(folder.path, '/'), '')
    .split('\n')
    .filter((line) => line !== '')
  console.log(`${how}: ${lines.length} routes are declared twice`)
  for (const line of lines) console.log(`  ${line}`)
  const places = lines.map((line) => line.replace(/ is declared in src\/admin.js:\d already$/, ''))
  assert.deepEqual({ places, status, stderr }, { places: found, status: found.length > 0 ? 1 : 0, stderr: '' })
}
