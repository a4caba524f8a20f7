import type { Scenario } from '../engine/scenario.ts'
import { blocks } from './blocks.ts'
import { cuts } from './cuts.ts'
import { fewDescriptors } from './few-descriptors.ts'
import { fullRate } from './full-rate.ts'
import { fullSockets } from './full-sockets.ts'
import { hail } from './hail.ts'
import { kills } from './kills.ts'
import { lostResponders } from './lost-responders.ts'
import { rolling } from './rolling.ts'
import { stops } from './stops.ts'
import { storms } from './storms.ts'

/** All of them, by the names that the user calls them by. */
export const scenarios: Readonly<Record<string, Scenario>> = {
  kills,
  stops,
  blocks,
  storms,
  cuts,
  'few-descriptors': fewDescriptors,
  'full-sockets': fullSockets,
  'full-rate': fullRate,
  hail,
  rolling,
  'lost-responders': lostResponders,
}
