import { FrameKind, write } from '@clusterbus/protocol'
import { FakeLink } from '@clusterbus/testkit'
import { expect, test } from 'vitest'
import { written } from './support/frames.ts'
import { TestBus } from './support/test-bus.ts'

const member = { id: 1, name: 'n', pid: 1, kind: 'cluster' }
const limits = { payloadBytes: 1_024 }

test.each([
  ['a limit that is no number', { member, limits: { payloadBytes: 'x' } }],
  ['a limit that is no whole number', { member, limits: { payloadBytes: 0.5 } }],
  ['a limit that nothing meets', { member, limits: { payloadBytes: -1 } }],
  ['no limits', { member }],
  ['no member', { limits }],
  ['a member whose id is no number', { member: { ...member, id: '1' }, limits }],
  ['a member whose name is no text', { member: { ...member, name: 1 }, limits }],
])('a welcome with %s closes the link', (_, welcome) => {
  const bus = new TestBus()
  const link = new FakeLink()
  bus.offer(link)
  link.say(written((writer) => write.writeText(writer, FrameKind.WELCOME, JSON.stringify({ version: 1, ...welcome }))))
  expect(link.destroyed).toBe(true)
  expect(bus.core.member).toBeUndefined()
})
