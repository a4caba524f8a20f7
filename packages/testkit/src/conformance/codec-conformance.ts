import { alone } from './codec/alone.ts'
import { hostileBytes } from './codec/hostile-bytes.ts'
import { roundTrips } from './codec/round-trips.ts'
import { shapes } from './codec/shapes.ts'
import type { CodecCase } from './codec-case.ts'

/** What a codec promises: cases by concept. */
export const codecConformance: Readonly<Record<string, readonly CodecCase[]>> = {
  'round trips': roundTrips,
  'each message alone': alone,
  'hostile bytes': hostileBytes,
}

/** What a codec promises that describes shapes. */
export const shapeConformance: Readonly<Record<string, readonly CodecCase[]>> = { shapes }
