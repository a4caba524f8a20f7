/** Haraka, a mail server of several processes: somebody tries to relay mail through it, once with each connection. */

import assert from 'node:assert/strict'
import { cpSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { createAppFolder, packageFolder } from '../support/app-folder.ts'
import { freePort } from '../support/free-port.ts'
import { startProgram } from '../support/start-program.ts'
import { SmtpClient } from './smtp-client.ts'

const workers = 3
const connections = 15
const triesMax = 3

const haraka = packageFolder('Haraka')
const plugin = readFileSync(new URL('shared_bans.cjs', import.meta.url), 'utf8')

const alone = await refusals(plugin.replace('createBus()', "createBus({ broker: 'local' })"))
console.log(`each worker alone: ${alone} of ${connections} tries, until all ${workers} workers have banned the address`)
assert.equal(alone, workers * triesMax)

const together = await refusals(plugin)
console.log(`with the bus:      ${together} of ${connections} tries, and all have banned it`)
assert.equal(together, triesMax)

/** How many tries Haraka refuses one by one, before it refuses the connection. */
async function refusals(pluginSource: string): Promise<number> {
  using folder = await createAppFolder()
  const port = await freePort()
  cpSync(join(haraka, 'config'), join(folder.path, 'config'), { recursive: true })
  folder.write('config/smtp.ini', `listen=127.0.0.1:${port}\nnodes=${workers}\n`)
  folder.write('config/log.ini', 'level=notice\n')
  folder.write('config/plugins', 'rcpt_to.in_host_list\nqueue/discard\nshared_bans\n')
  folder.write('plugins/shared_bans/package.json', JSON.stringify({ main: 'shared_bans.cjs' }))
  folder.write('plugins/shared_bans/shared_bans.cjs', pluginSource)

  await using server = startProgram(join(haraka, 'bin/haraka'), ['--configs', folder.path])
  await server.printed('hears of all tries', workers)
  let tries = 0
  for (let connection = 0; connection < connections; connection += 1) {
    if (await tryToRelay(port)) tries += 1
  }
  return tries
}

/** Returns whether it could ask at all. */
async function tryToRelay(port: number): Promise<boolean> {
  await using smtp = await SmtpClient.connect(port)
  if ((await smtp.reply()) !== 220) return false
  assert.equal(await smtp.ask('HELO spammer.example'), 250)
  assert.equal(await smtp.ask('MAIL FROM:<offers@spammer.example>'), 250)
  assert.equal(await smtp.ask('RCPT TO:<somebody@elsewhere.example>'), 550)
  return true
}
