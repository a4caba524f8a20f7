import { channel } from 'node:diagnostics_channel'
import type { BusChannels } from '../core/hooks/channels.ts'

/** The diagnostics channels of this process. */
export const channels: BusChannels = {
  publish: channel('clusterbus:publish'),
  deliver: channel('clusterbus:deliver'),
  request: channel('clusterbus:request'),
  respond: channel('clusterbus:respond'),
}
