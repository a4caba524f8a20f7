import { control } from '../arena/control.ts'
import { type CodecCost, codecMeter, isFloorCodec } from './codec.ts'

/** What a process that does nothing but encode and decode does when it is told. */
export interface FloorApi {
  measure(ms: number): CodecCost
}

const [, , codec, bytes] = process.argv
if (!isFloorCodec(codec)) throw new TypeError('this program is started by the benchmark')
const measure = codecMeter(codec, Number(bytes))
control(
  { send: (message) => void process.send?.(message), listen: (listener) => void process.on('message', listener) },
  {
    measure,
  } satisfies FloorApi,
)
