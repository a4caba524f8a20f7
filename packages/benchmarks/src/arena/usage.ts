import { readFileSync } from 'node:fs'
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import { isMainThread } from 'node:worker_threads'

/** CPU time that this process has used so far, in seconds, or `undefined` in a thread, which Node 20 has no figure for. */
export function ownCpuSeconds(): number | undefined {
  if (!isMainThread) return undefined
  const { user, system } = process.cpuUsage()
  return (user + system) / 1e6
}

/** CPU time that another process has used so far, in seconds, or `undefined` where the system has no `/proc`. */
export function cpuSecondsOf(pid: number): number | undefined {
  if (process.platform !== 'linux') return undefined
  const line = readFileSync(`/proc/${pid}/stat`, 'latin1')
  // The second field is the program's name, which may hold anything.
  const fields = line.slice(line.lastIndexOf(')') + 2).split(' ')
  return (Number(fields[11]) + Number(fields[12])) / ticksPerSecond
}

/** Linux shows times to user space in this unit on every architecture that Node runs on. */
const ticksPerSecond = 100

/** What a process holds. */
export interface Memory {
  readonly residentBytes: number
  /** V8's heap and what its objects hold outside of it: `heapUsed + external`. */
  readonly heapBytes: number
}

/** What a process holds now, garbage included. */
export function memoryNow(): Memory {
  const { rss, heapUsed, external } = process.memoryUsage()
  return { residentBytes: rss, heapBytes: heapUsed + external }
}

/** What another process holds now, or `undefined` where the system has no `/proc`. */
export function residentBytesOf(pid: number): number | undefined {
  if (process.platform !== 'linux') return undefined
  const kilobytes = /^VmRSS:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/status`, 'latin1'))?.[1]
  return kilobytes === undefined ? undefined : 1024 * Number(kilobytes)
}

export function memoryAfterGc(): Memory {
  setFlagsFromString('--expose-gc')
  const gc: unknown = runInNewContext('gc')
  if (typeof gc !== 'function') throw new TypeError('this Node does not show its garbage collector')
  // What finalizers let go in the first pass is collected in the second.
  gc()
  gc()
  const { rss, heapUsed, external } = process.memoryUsage()
  return { residentBytes: rss, heapBytes: heapUsed + external }
}

/** Nanoseconds of the clock that all processes of this machine share. Past 104 days of uptime it is exact to 2 ns. */
export function nowNs(): number {
  return Number(process.hrtime.bigint())
}
