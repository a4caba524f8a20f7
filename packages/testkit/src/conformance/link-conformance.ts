import { backPressure } from './link/back-pressure.ts'
import { bytes } from './link/bytes.ts'
import { closing } from './link/closing.ts'
import { manners } from './link/manners.ts'
import type { LinkCase } from './link-case.ts'

/** What a link promises, whatever it is made of: cases by concept. */
export const linkConformance: Readonly<Record<string, readonly LinkCase[]>> = {
  bytes,
  'back-pressure': backPressure,
  closing,
  manners,
}
