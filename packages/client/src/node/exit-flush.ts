/** Something that can hand over its last bytes within the call. */
interface Flushable {
  flushNow(): void
}

const open = new Set<Flushable>()

let exiting = false

/** Whether the process is exiting: what is to be said must be said at once. */
export function isExiting(): boolean {
  return exiting
}

function flushAll(): void {
  exiting = true
  for (const bus of open) bus.flushNow()
}

/** From here on, what the bus has published is handed over when the process exits. Until the returned function is called. */
export function flushAtExit(bus: Flushable): () => void {
  if (open.size === 0) process.on('exit', flushAll)
  open.add(bus)
  return () => {
    open.delete(bus)
    if (open.size === 0) process.off('exit', flushAll)
  }
}
