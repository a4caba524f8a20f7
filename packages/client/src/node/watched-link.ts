import type { Link } from '@clusterbus/protocol'
import { type Holder, knock, type Place, systemClock, wrappedLink } from '@clusterbus/transport'

/** A time of silence is looked at in so many steps, each with turns of the event loop in which something could be heard. */
const steps = 8

/**
 * The same link, which is given up when the broker has said nothing for its `silenceTimeout`. Before that it is asked at
 * its door, where it answers whatever its links hold. A broker whose process ends closes its links; this is for one that
 * is stopped, or has been replaced while it was. `gaveUp` is told first.
 */
export function watchedLink(link: Link, place: Place, holder: Holder, gaveUp: (isSilent: boolean) => void): Link {
  const { heartbeatMs, silenceMs } = holder.token
  const stepMs = Math.max(1, silenceMs / steps)
  const knockAfter = Math.max(1, Math.min(Math.ceil((2 * heartbeatMs) / stepMs), steps / 2))
  let quietSteps = 0
  let lookedAt = systemClock.now()
  let stopKnocking: (() => void) | undefined
  let cause: Error | undefined
  let timer: NodeJS.Timeout | undefined

  const heard = (): void => {
    quietSteps = 0
    stopKnocking?.()
    stopKnocking = undefined
  }
  const giveUp = (isSilent: boolean, why: string): void => {
    heard()
    clearInterval(timer)
    gaveUp(isSilent)
    cause = new Error(`the broker of process ${holder.token.pid} ${why}`)
    link.destroy()
  }
  const knockAtDoor = (): void => {
    let isOver = false
    const stop = knock(place, (result) => {
      isOver = true
      stopKnocking = undefined
      // That somebody answers says nothing of the broker of this link, unless it is that one.
      if (result.holder !== undefined && result.holder.id !== holder.id) giveUp(false, 'has been replaced')
      else if (result.found === 'broker') heard()
    })
    if (!isOver) stopKnocking = stop
  }
  const step = (): void => {
    const now = systemClock.now()
    // It is this process that was away: what was said meanwhile is yet to be read.
    if (now - lookedAt > 2 * stepMs) heard()
    lookedAt = now
    quietSteps += 1
    if (quietSteps > steps) giveUp(true, `has said nothing for ${silenceMs} ms`)
    else if (quietSteps > knockAfter && stopKnocking === undefined) knockAtDoor()
  }

  return wrappedLink(link, (receiver) => {
    timer = setInterval(step, stepMs).unref()
    return {
      onChunk: (chunk) => {
        if (quietSteps > 0) heard()
        receiver.onChunk(chunk)
      },
      onDrain: () => receiver.onDrain(),
      onClose: (error) => {
        heard()
        clearInterval(timer)
        receiver.onClose(cause ?? error)
      },
    }
  })
}
