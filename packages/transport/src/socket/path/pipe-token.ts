import { createHash } from 'node:crypto'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

/** Where the token of a named pipe stands: in the folder that Windows gives each user for temporary files. */
export function pipeToken(path: string): string {
  // Names of pipes are the same in any case.
  const name = createHash('sha256').update(path.toLowerCase()).digest('hex').slice(0, 32)
  return join(tmpdir(), `clusterbus-${name}.token`)
}
