#!/usr/bin/env node
import { readFileSync } from 'node:fs'
import { createBroker } from './node/create-broker.ts'
import { help, parseArguments } from './program/arguments.ts'

/** What the program ends with when it is told something that it does not understand. */
const usageCode = 2

const told = understood()
if (told === 'help') process.stdout.write(help)
else if (told === 'version') process.stdout.write(`${version()}\n`)
else if (told !== undefined) await serve(told)

function understood(): ReturnType<typeof parseArguments> | undefined {
  try {
    return parseArguments(process.argv.slice(2))
  } catch (error) {
    complain(`${messageOf(error)}; --help tells what there is`)
    process.exitCode = usageCode
    return undefined
  }
}

async function serve({ path, options }: Exclude<ReturnType<typeof parseArguments>, string>): Promise<void> {
  // A broker alone would not keep the process running.
  const keepAlive = setInterval(() => undefined, 2 ** 30)
  let ending = false
  try {
    // Nobody is forked here who would need another socket.
    const broker = createBroker({ ...options, transport: 'ipc' })
    broker.on('error', (error) => complain(error.message))
    broker.on('error', ({ code }) => {
      // Its path is gone, and with it all that it is there for; whoever has started it may start another.
      if (code === 'NOT_ALLOWED') process.exit(1)
    })
    const end = (): void => {
      void (ending ? broker.close() : broker.drain()).then(() => clearInterval(keepAlive))
      ending = true
    }
    // Before anything is on disk, where it would stay behind.
    for (const signal of ['SIGTERM', 'SIGINT'] as const) process.on(signal, end)
    await broker.listen({ path })
    process.stdout.write(`clusterbus-broker: process ${process.pid} listens at ${path}\n`)
    // PM2 waits for this with `wait_ready`.
    process.send?.('ready')
  } catch (error) {
    clearInterval(keepAlive)
    // It was told to end before it listened.
    if (ending && codeOf(error) === 'CLOSED') return
    complain(messageOf(error))
    process.exitCode = codeOf(error) === 'BAD_OPTION' ? usageCode : 1
  }
}

function version(): string {
  const manifest: { readonly version: string } = JSON.parse(
    readFileSync(new URL('../package.json', import.meta.url), 'utf8'),
  )
  return manifest.version
}

function complain(message: string): void {
  process.stderr.write(`clusterbus-broker: ${message}\n`)
}

function codeOf(error: unknown): unknown {
  return error instanceof Error && 'code' in error ? error.code : undefined
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error)
}
