import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'

/** The process whose broker has the path. */
export function hostOf(path: string): number {
  const claims = `${path}.broker`
  const tokens = readdirSync(claims).filter((name) => name.endsWith('.token'))
  const [token = ''] = tokens
  if (tokens.length !== 1) throw new Error(`${tokens.length} brokers have the path`)
  return Number(JSON.parse(readFileSync(join(claims, token), 'utf8')).pid)
}
