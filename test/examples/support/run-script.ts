import { type ChildProcess, execFileSync, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll } from 'vitest'
import { examples } from '../../../examples/list.ts'
import { bundleOf, removeBundle } from '../../support/bundle.ts'

type Names = Readonly<Record<string, string>>

const root = fileURLToPath(new URL('../../..', import.meta.url))
const folder = join(root, 'examples')
const { scripts } = packageIn(root) as { scripts: Names }
const { devDependencies } = packageIn(folder) as { devDependencies: Names }

/** Of this test file, so that tsx compiles only once what many examples import. */
const temporary = mkdtempSync(join(tmpdir(), 'examples-'))
afterAll(() => rmSync(temporary, { recursive: true, force: true }))

export interface Outcome {
  readonly code: number | null
  readonly stdout: string
  readonly stderr: string
  /** What was left behind: running processes, and directories of a socket or an app. */
  readonly leftovers: readonly string[]
}

export interface RunOptions {
  /** As a terminal does on Ctrl-C, sends SIGINT to all processes of the script when it has printed this. */
  readonly interruptAt?: string
}

function packageIn(path: string): unknown {
  return JSON.parse(readFileSync(join(path, 'package.json'), 'utf8'))
}

/** Runs a script of the root package.json to its end, in a process group of its own. One at a time. */
export function runScript(name: string, args: readonly string[] = [], options: RunOptions = {}): Promise<Outcome> {
  const [command, ...given] = scripts[name]?.split(' ') ?? []
  if (command !== 'node') throw new Error(`the script ${name} does not start with node`)
  return run([...given, ...args], options)
}

/** Runs Node like that to its end, in a process group of its own. */
async function run(argv: readonly string[], options: RunOptions = {}): Promise<Outcome> {
  const child = spawn(process.execPath, argv, {
    cwd: root,
    detached: true,
    env: { ...process.env, TMPDIR: temporary },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  let [stdout, stderr] = ['', '']
  let interruptAt = options.interruptAt
  child.stderr.setEncoding('utf8').on('data', (text: string) => (stderr += text))
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    stdout += text
    if (interruptAt === undefined || !stdout.includes(interruptAt)) return
    interruptAt = undefined
    signalGroup(child, 'SIGINT')
  })
  try {
    const [code] = (await once(child, 'close')) as [number | null]
    const folders = readdirSync(temporary).filter((file) => /^(clusterbus|app)-/.test(file))
    return { code, stdout, stderr, leftovers: [...folders, ...processesOf(child)] }
  } finally {
    signalGroup(child, 'SIGKILL')
  }
}

/** Command lines of our programs, and of those with a folder of ours, that still run in its group. */
function processesOf({ pid }: ChildProcess): string[] {
  const all = execFileSync('ps', ['-A', '-o', 'pgid=', '-o', 'args='], { encoding: 'utf8' }).split('\n')
  return all.filter((line) => line.trim().startsWith(`${pid} `) && /examples[/-]/.test(line))
}

function signalGroup({ pid }: ChildProcess, signal: NodeJS.Signals): void {
  try {
    if (pid !== undefined) process.kill(-pid, signal)
  } catch {
    // There is nobody left to take it.
  }
}

/** Runs an example as its command does, from source, and expects it to end well. Returns what it printed, line by line. */
export async function runExample(name: string): Promise<string[]> {
  return linesOf(name, await runScript('example', [name]))
}

/**
 * Makes programs of examples. What is returned runs one of them by its name, as `runExample` does: loading their sources takes
 * more CPU time than what they do. It is not for those that start a file of theirs by its name.
 */
export async function bundledExamples(...names: readonly string[]): Promise<(name: string) => Promise<string[]>> {
  const sources = new Map(names.map((name) => [name, examples.get(name) ?? name]))
  const programs = await bundleOf(folder, [...sources.values()], Object.keys(devDependencies))
  afterAll(() => removeBundle(programs))
  return async (name) => {
    const source = sources.get(name)
    if (source === undefined) throw new Error(`example ${name} was not bundled`)
    return linesOf(name, await run([join(programs, source.replace(/ts$/, 'mjs'))]))
  }
}

function linesOf(name: string, { stdout, ...rest }: Outcome): string[] {
  const fine = rest.code === 0 && rest.stderr === '' && rest.leftovers.length === 0
  if (!fine) throw new Error(`example ${name}: ${JSON.stringify(rest)}\n${stdout}`)
  return stdout.trimEnd().split('\n')
}
