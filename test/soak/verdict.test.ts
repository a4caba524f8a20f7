import { expect, test } from 'vitest'
import { type Sample, trends } from './verdict.ts'

const megabyte = 1024 * 1024

function samples(count: number, heapBytes: (index: number) => number): Sample[] {
  return Array.from({ length: count }, (_, index) => ({
    heapBytes: heapBytes(index),
    residentBytes: 80 * megabyte,
    descriptors: 30,
    timers: 5,
  }))
}

function flat(all: readonly Sample[]): Record<string, boolean> {
  return Object.fromEntries(trends(all).map(({ figure, isFlat }) => [figure, isFlat]))
}

test('what goes up and down and stays is flat', () => {
  const all = samples(30, (index) => (20 + (index % 3)) * megabyte)
  expect(flat(all)).toEqual({ heapBytes: true, residentBytes: true, descriptors: true, timers: true })
})

test('what grows a little with every sample is not, and only that', () => {
  const all = samples(30, (index) => (20 + 0.2 * index) * megabyte)
  expect(flat(all)).toEqual({ heapBytes: false, residentBytes: true, descriptors: true, timers: true })
})

test('what is there once, whenever that is, is no trend', () => {
  expect(flat(samples(30, (index) => (index === 29 ? 200 : 20) * megabyte)).heapBytes).toBe(true)
})

test('fewer samples than tell anything are refused', () => {
  expect(() => trends(samples(8, () => megabyte))).toThrow('8 samples are too few')
})
