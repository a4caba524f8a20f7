import { expect, test } from 'vitest'
import { type Goal, goals, judge } from '../../src/report/goals.ts'
import { goalsTable } from '../../src/report/goals-table.ts'
import type { Results } from '../../src/report/results.ts'
import { resultsOf } from '../support/results.ts'

function goal(label: string, codec: Goal['codec']): Goal {
  const found = goals.find((each) => each.label === label && each.codec === codec)
  if (found === undefined) throw new Error(`there is no goal ${label}`)
  return found
}

function measured(label: string, codec: Goal['codec'], medians: Parameters<typeof resultsOf>[0]): unknown {
  return judge(goal(label, codec), resultsOf(medians)).value
}

test('a rate is compared with that of the fastest', () => {
  const oneToOne = { 'clusterbus-msgpack': { perSecond: 1_200 }, ioredis: { perSecond: 100 }, redis: { perSecond: 80 } }
  expect(measured('one to one against Redis, the fastest client', 'msgpack', { 'one-to-one': oneToOne })).toBe(12)
})

test('the time of a request is compared with that of the fastest', () => {
  const requests = { clusterbus: { p50Ns: 60 }, ioredis: { p50Ns: 100 }, redis: { p50Ns: 80 } }
  expect(measured('request p50 against Redis, the fastest client', 'JSON', { requests })).toBe(0.75)
})

test('the share of the floor is that of the same codec', () => {
  const oneToOne = {
    clusterbus: { perSecond: 50 },
    'codec-json': { perSecond: 80 },
    'codec-msgpack-shapes': { perSecond: 1 },
  }
  expect(measured('share of the codec floor', 'JSON', { 'one-to-one': oneToOne })).toBe(62.5)
})

test('of the memory of a member the larger figure counts', () => {
  const footprint = { member: { heapBytes: 10, residentBytes: 30 } }
  expect(measured('broker for each idle member', 'any', { 'footprint-broker': footprint })).toBe(30)
})

test('of the ways to hit the slower one counts', () => {
  const hit = { clusterbus: { ttlGetNs: 90, getNs: 80 }, 'lru-cache': { ttlGetNs: 60, getNs: 40 } }
  expect(measured('cache hit', 'any', { 'cache-hit': hit })).toBe(90)
  expect(measured("cache hit against lru-cache's, with a ttl", 'any', { 'cache-hit': hit })).toBe(1.5)
  expect(measured("cache hit against lru-cache's, without a ttl", 'any', { 'cache-hit': hit })).toBe(2)
})

test('what falls short says by how much', () => {
  const results = resultsOf({
    'mixed-topics': { clusterbus: { sharePercent: 60 }, 'clusterbus-msgpack': { sharePercent: 80 } },
  })
  const label = "mixed topics, share of one topic's rate"
  expect(judge(goal(label, 'JSON'), results)).toMatchObject({ reached: false, shortBy: expect.closeTo(0.2) })
  expect(judge(goal(label, 'msgpack'), results)).toMatchObject({ reached: true, shortBy: 0 })
  const table = goalsTable(results)
  expect(table).toMatch(/JSON +≥ 75 % +60 % +SHORT by 20 %/)
  expect(table).toMatch(/msgpack +≥ 75 % +80 % +reached/)
})

test('what was not measured is not reached, and says so', () => {
  const nothing: Results = resultsOf({})
  expect(goals.filter((each) => judge(each, nothing).reached)).toEqual([])
  expect(goalsTable(nothing)).toContain('0 of 27 reached')
})
