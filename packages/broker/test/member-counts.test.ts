import { resolveLimits } from '@clusterbus/protocol'
import { FakeLink } from '@clusterbus/testkit'
import * as fc from 'fast-check'
import { expect, test } from 'vitest'
import { ConnectedMember } from '../src/core/connected-member.ts'
import { MemberCounts } from '../src/core/member-counts.ts'
import { memberTerms } from '../src/core/overflow/terms.ts'

const members = Array.from({ length: 4 }, (_, id) => {
  const terms = memberTerms(resolveLimits(), {})
  return new ConnectedMember({ id, name: 'n', pid: 1, kind: 'cluster' }, {}, new FakeLink(), 1_000, terms)
})

test('whoever counts how often, it says first times, last times, and who is left', () => {
  const step = fc.record({ adds: fc.boolean(), member: fc.constantFrom(...members) })
  fc.assert(
    fc.property(fc.array(step, { maxLength: 60 }), (steps) => {
      const counts = new MemberCounts()
      const expected = new Map(members.map((member) => [member, 0]))
      for (const { adds, member } of steps) {
        const before = expected.get(member) ?? 0
        if (!adds && before === 0) continue
        expect(adds ? counts.add(member) : counts.remove(member)).toBe(adds ? before === 0 : before === 1)
        expected.set(member, before + (adds ? 1 : -1))
        const left = members.filter((each) => expected.get(each) !== 0)
        const collected = new Set<ConnectedMember>()
        counts.collect(collected)
        expect([...collected].sort((a, b) => a.id - b.id)).toEqual(left)
        expect(counts.isEmpty).toBe(left.length === 0)
      }
    }),
    { numRuns: 300 },
  )
})
