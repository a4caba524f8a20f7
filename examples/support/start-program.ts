import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { interruption } from './interruption.ts'

/** A program that runs beside this one, until it is disposed of. */
export interface Program extends AsyncDisposable {
  /** Resolves when it has printed `count` lines that contain `text`, rejects when it ends before. */
  printed(text: string, count: number): Promise<void>
}

/** Starts a Node program. It is asked to end with SIGINT, and whoever disposes of it waits until it has ended. */
export function startProgram(file: string, args: readonly string[]): Program {
  const child = spawn(process.execPath, [file, ...args], { stdio: ['ignore', 'pipe', 'pipe'] })
  const end = (): boolean => child.kill('SIGINT')
  interruption.addEventListener('abort', end)
  let hasEnded = false
  const ended = once(child, 'close').then(() => {
    hasEnded = true
    interruption.removeEventListener('abort', end)
  })
  let output = ''
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding('utf8').on('data', (text: string) => {
      output += text
      child.emit('output')
    })
  }

  return {
    async printed(text, count) {
      while (output.split(text).length <= count) {
        interruption.throwIfAborted()
        if (hasEnded) throw new Error(`${file} has ended, and printed:\n${output}`)
        await Promise.race([once(child, 'output'), ended])
      }
    },
    async [Symbol.asyncDispose]() {
      end()
      await ended
    },
  }
}
