import { BusError, quoted } from '@clusterbus/protocol'
import { dirname, resolve } from 'node:path'
import { assertSocketPath } from '../private-directory.ts'

/** A path at which one broker at a time listens, for every process of its user. */
export interface Place {
  /** The socket, or the named pipe. */
  readonly path: string
  /** The folder of the socket. */
  readonly folder: string
  /** The directory whose one entry says which broker has the path. It is there while one has. */
  readonly claims: string
}

const pipePrefix = /^\\\\[.?]\\pipe\\/

/**
 * What `path` stands for. Throws `BAD_OPTION` for what is no path, and `NOT_ALLOWED` for one that is too long; `call` is
 * named in the error.
 */
export function placeAt(path: unknown, call: string): Place {
  if (typeof path !== 'string' || path === '' || path.includes('\0')) {
    throw new BusError('BAD_OPTION', `${call}: path must be the path of a socket, not ${quoted(path)}`, {
      option: 'path',
    })
  }
  if (process.platform === 'win32') {
    if (pipePrefix.test(path)) return { path, folder: '', claims: '' }
    const message = `${call}: path must begin with \\\\.\\pipe\\ on Windows, not ${quoted(path)}`
    throw new BusError('BAD_OPTION', message, { option: 'path' })
  }
  const absolute = resolve(path)
  assertSocketPath(absolute)
  return { path: absolute, folder: dirname(absolute), claims: `${absolute}.broker` }
}
