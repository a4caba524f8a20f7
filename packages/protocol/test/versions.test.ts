import {
  agreeOnVersion,
  isSpoken,
  oldestVersion,
  protocolVersion,
  spokenVersions,
  versionMismatch,
} from '../src/index.ts'
import { expect, test } from 'vitest'

test.each([
  ['one of version 1, which says no more', { version: 1 }, 1],
  ['one of today', spokenVersions, protocolVersion],
  ['a newer one that speaks older ones too', { version: 1, newest: protocolVersion + 5 }, protocolVersion],
  [
    'a newer one that speaks the newest of here as its oldest',
    { version: protocolVersion, newest: 99 },
    protocolVersion,
  ],
])('%s is served in the newest version that both speak', (_, told, agreed) => {
  expect(agreeOnVersion(told)).toBe(agreed)
})

test.each<[string, object]>([
  ['nothing', {}],
  ['versions that are all newer', { version: protocolVersion + 1, newest: protocolVersion + 2 }],
  ['versions that are all older', { version: oldestVersion - 1, newest: oldestVersion - 1 }],
  ['its newest before its oldest', { version: 2, newest: 1 }],
  ['what is no version', { version: '1' }],
  ['a newest that is none', { version: 1, newest: null }],
  ['a fraction', { version: 1, newest: 1.5 }],
  ['a number that no preamble holds', { version: 1, newest: 65_536 }],
])('a hello that tells %s has no version in common', (_, told) => {
  expect(agreeOnVersion(told)).toBeUndefined()
})

test('a mismatch names the versions of both', () => {
  const ours = `versions ${oldestVersion} to ${protocolVersion}`
  expect(versionMismatch({ version: 7 }).message).toContain(
    `the member speaks version 7 of the protocol and the broker ${ours}`,
  )
  expect(versionMismatch({ version: 7, newest: 8 }).message).toContain('the member speaks versions 7 to 8')
  expect(versionMismatch({ version: 'x'.repeat(1_000) }).message.length).toBeLessThan(300)
  expect(versionMismatch({ version: 7 }).code).toBe('VERSION_MISMATCH')
  expect(versionMismatch({ version: undefined, newest: 2 }).message).toContain(
    'the member speaks an unknown version of',
  )
})

test('what is spoken is a whole number from the oldest to the newest', () => {
  const tried = [0, 1, 2, 3, 1.5, NaN, '1', null, undefined]
  expect(tried.filter(isSpoken)).toEqual([1, 2])
})
