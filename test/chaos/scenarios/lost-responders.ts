import type { Scenario } from '../engine/scenario.ts'
import { sharedMs } from '../../support/shared-ms.ts'

/** How soon a requester hears that whoever was to answer is dead, or that nobody answers at all. */
export const lostResponders: Scenario = {
  about: 'SIGKILL of a responder at work: when its requester hears of it',
  members: 2,
  load: { perSecond: 100 },
  codes: [],
  async run({ crew, isOver, violated }) {
    const [requester] = crew.ready
    if (requester === undefined) throw new Error('there is nobody to ask')
    const lost: number[] = []
    const nobody: number[] = []
    do {
      const responder = crew.fork()
      const topic = `hold.n${responder.serial}`
      await responder.worker.call('hold', topic)
      const asking = requester.worker.call('ask', topic)
      await responder.worker.report('the request', isAsked)
      const killedAtMs = sharedMs()
      await crew.kill(responder)
      const { code, endedAtMs } = await asking
      if (code === 'RESPONDER_LOST') lost.push(endedAtMs - killedAtMs)
      else violated(`the request to a dead responder ended with ${code}`)
      for (let count = 0; count < 10; count += 1) {
        const none = await requester.worker.call('ask', `${topic}.nobody`)
        if (none.code === 'NO_RESPONDERS') nobody.push(none.endedAtMs - none.askedAtMs)
        else violated(`a request that nobody answers ended with ${none.code}`)
      }
    } while (!isOver())
    return { RESPONDER_LOST: spread(lost), NO_RESPONDERS: spread(nobody) }
  },
  check: ({ missing = 0 }) => (missing === 0 ? [] : [`${missing} messages were lost`]),
}

function isAsked(report: unknown): boolean {
  return typeof report === 'object' && report !== null && 'asked' in report
}

function spread(values: readonly number[]): string {
  const sorted = values.toSorted((a, b) => a - b)
  const middle = sorted[sorted.length >> 1] ?? Number.NaN
  return `${sorted.length} times, p50 ${middle.toFixed(2)} ms, max ${(sorted.at(-1) ?? Number.NaN).toFixed(2)} ms`
}
