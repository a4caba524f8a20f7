/**
 * What a process knows of a broker in the process that started it. A child has to know at once, without asking: most
 * processes with an IPC channel were started by something that knows nothing of clusterbus, and must not wait for it. So
 * a process with a broker writes its id into its environment, which children inherit; it is no secret. Whose parent is
 * not in the list has not been started by a process with a broker, and hears of it later if at all.
 */
const variable = 'CLUSTERBUS_BROKERS'

/** Kept under a global symbol, because an app may have loaded the module twice. */
const key = Symbol.for('clusterbus.parent-broker.1')
const holder: typeof globalThis & { [key]?: boolean } = globalThis

/** Looked at when the module loads: a child whose parent has died has another parent. */
if (listed().includes(String(process.ppid))) holder[key] = true

/** Whether the parent has, or has had, a broker. */
export function parentHasBroker(): boolean {
  return holder[key] === true
}

/** The parent has said that it has a broker. */
export function parentHasSaidSo(): void {
  holder[key] = true
}

/** Lets children that are started from now on know that this process has a broker. Returns how to take that back. */
export function tellChildrenOfBroker(): () => void {
  const pid = String(process.pid)
  // Its own parents stay in the list, for this process itself may have one with a broker.
  write([...listed().filter((each) => each !== pid), pid])
  return () => write(listed().filter((each) => each !== pid))
}

function listed(): string[] {
  return (process.env[variable] ?? '').split(',').filter((each) => each !== '')
}

function write(pids: readonly string[]): void {
  if (pids.length > 0) process.env[variable] = pids.join(',')
  else delete process.env[variable]
}
