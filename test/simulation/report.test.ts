import { describeFailure } from '@clusterbus/testkit/simulation'
import { expect, test } from 'vitest'

const history = Array.from({ length: 200 }, (_, index) => `${index}.0 m1: does thing ${index}`)

test('a failure is told with what was broken, what led there, and the command that shows it again', () => {
  const violation = { checker: 'order', message: 'S1 got m1 2 after 3', index: 150 }
  const text = describeFailure({ seed: 77, history, violations: [violation] })
  expect(text).toContain('[order] line 150: S1 got m1 2 after 3')
  expect(text).toContain('> 150.0 m1: does thing 150')
  expect(text).toContain('does thing 100\n')
  expect(text).not.toContain('does thing 160')
  expect(text).toContain('npx -y pnpm@10 simulate --seed 77')
  expect(describeFailure({ seed: 7, history, violations: [violation] }, ['--caches'])).toContain(
    'simulate --caches --seed 7',
  )
})
