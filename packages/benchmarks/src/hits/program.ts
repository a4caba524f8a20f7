import { control } from '../arena/control.ts'
import { type HitCost, hitMeter, isHitCache } from './meter.ts'

/** What a process that does nothing but read from a cache does when it is told. */
export interface HitApi {
  measure(ms: number): Promise<HitCost>
}

const [, , name] = process.argv
if (!isHitCache(name)) throw new TypeError('this program is started by the benchmark')
const meter = hitMeter(name)
control(
  { send: (message) => void process.send?.(message), listen: (listener) => void process.on('message', listener) },
  {
    measure: async (ms) => (await meter)(ms),
  } satisfies HitApi,
)
process.once('disconnect', () => process.exit())
