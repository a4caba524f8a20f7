import { quoted } from '@clusterbus/protocol'
import { type Place, placeAt } from '@clusterbus/transport'
import { badOption } from '../core/check-arguments.ts'

/** The path at which a bus looks for its broker, and whether its process may host one there. */
export interface Whereat {
  readonly place: Place
  readonly elects: boolean
}

/** `undefined` when the options name no path. Throws `BAD_OPTION`, and `NOT_ALLOWED` for a path that is too long. */
export function checkWhereat(
  { path, host, broker }: { readonly path?: unknown; readonly host?: unknown; readonly broker?: unknown },
  call: string,
): Whereat | undefined {
  if (host !== undefined && host !== 'elect') {
    throw badOption('host', `${call}: host must be 'elect', not ${quoted(host)}`)
  }
  if (path === undefined) {
    if (host === undefined) return undefined
    throw badOption(
      'host',
      `${call}: host 'elect' needs a path, at which the others find the broker; give path as well`,
    )
  }
  if (broker !== undefined && broker !== 'auto') {
    throw badOption('broker', `${call}: broker ${quoted(broker)} and path contradict each other; give one of them`)
  }
  return { place: placeAt(path, call), elects: host === 'elect' }
}
