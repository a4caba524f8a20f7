const steps = new Set<() => void>()

/**
 * Calls `step` when the process exits, until the returned function is called. However many there are, they are one
 * listener: Node warns of a leak where there are more than ten.
 */
export function atExit(step: () => void): () => void {
  if (steps.size === 0) process.on('exit', takeAll)
  steps.add(step)
  return () => {
    steps.delete(step)
    if (steps.size === 0) process.off('exit', takeAll)
  }
}

function takeAll(): void {
  for (const step of steps) step()
}
