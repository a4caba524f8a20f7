import { FrameKind, layout } from '@clusterbus/protocol'
import { isMessage, isPrefix } from './frames.ts'
import type { WaitingNames } from './waiting-names.ts'

/**
 * Which of the messages that wait are to be kept where only the newest of each topic counts, in order. One that is no
 * state of any topic is kept, and stands for no other.
 */
export function newestOfTopics(segments: readonly Buffer[], names: WaitingNames): boolean[] {
  const kept: boolean[] = []
  const newest = new Map<string, number>()
  let isPicked = false
  for (const segment of segments) {
    for (let at = 0; at < segment.length;) {
      const end = at + layout.readU32(segment, at)
      const kind = segment[at + 4]
      if (kind === FrameKind.TOPIC) names.tell(segment, at, end)
      if (isMessage(kind)) {
        const name = names.stateOf(segment, at, end, isPicked)
        const former = name === '' ? undefined : newest.get(name)
        if (former !== undefined) kept[former] = false
        if (name !== '') newest.set(name, kept.length)
        kept.push(true)
      }
      isPicked = kind === FrameKind.PICK || (isPicked && isPrefix(kind))
      at = end
    }
  }
  return kept
}
