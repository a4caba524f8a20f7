import { expect, test } from 'vitest'
import { chart } from '../../src/report/chart.ts'
import { resultsOf } from '../support/results.ts'

test('the chart shows each peer with its rates, and no floor', () => {
  const svg = chart(
    resultsOf({
      'one-to-one': {
        clusterbus: { perSecond: 1_000_000 },
        nats: { perSecond: 400_000 },
        'raw-relay': { perSecond: 5e6 },
      },
      'fan-out-3': { clusterbus: { perSecond: 1_760_000 }, nats: { perSecond: 670_000 } },
    }),
  )
  expect(svg).toMatch(/^<svg /)
  for (const text of ['the clusterbus', 'the nats', '1.00 M', '400 k', '1.76 M', '670 k']) expect(svg).toContain(text)
  expect(svg).not.toContain('raw-relay')
})
