/** Makes the suite fail on any process warning that no test asked for. Loaded once for a process. */

type Taker = (warning: Error) => void

const takers: Taker[] = []

process.on('warning', (warning) => {
  const take = takers.shift()
  if (take) return take(warning)
  if (!isFromNode(warning)) throw warning
})

/** The next warning of this process, which then fails nothing. */
export function nextWarning(): Promise<Error> {
  return new Promise((resolve) => takers.push(resolve))
}

/** Node warns about its own young features, and which ones differs by version. */
function isFromNode({ name, message }: Error): boolean {
  return name === 'ExperimentalWarning' && /^(Type Stripping|CommonJS module .* is loading ES Module)/.test(message)
}
