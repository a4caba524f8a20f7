import { availableParallelism } from 'node:os'
import { defineConfig } from 'vitest/config'
import { LongestFirst } from './test/support/longest-first.ts'

/** Tests that start no process and change nothing of their own: they need none for themselves. */
const unisolated = [
  'packages/!(benchmarks)/test/**/*.test.ts',
  'packages/benchmarks/test/{cli,contest,report}/*.test.ts',
  'packages/benchmarks/test/*/{deliveries,raw-records,tally,window}.test.ts',
  'packages/benchmarks/test/{readme,workload,zipf}.test.ts',
  'test/{soak,support}/*.test.ts',
  'test/chaos/{engine,load}/*.test.ts',
  'test/chaos/caches/history.test.ts',
]

export default defineConfig({
  // Our packages resolve to their sources, so that no test ever runs a stale build.
  ssr: { resolve: { conditions: ['@clusterbus/source'] } },
  test: {
    pool: 'forks',
    // Many tests wait for processes, and while they do others can run. Vitest would leave one core to itself.
    maxWorkers: Math.ceil(availableParallelism() * 1.5),
    sequence: { sequencer: LongestFirst },
    setupFiles: ['test/support/fail-on-warning.ts'],
    reporters: ['default', ['json', { outputFile: 'node_modules/.cache/tests.json' }]],
    // How long anything takes is no test of ours, and the machine may be busy with something else.
    testTimeout: 60_000,
    hookTimeout: 60_000,
    expect: { poll: { timeout: 30_000 } },
    projects: [
      {
        extends: true,
        test: {
          name: 'packages',
          include: unisolated,
          // Files that share a process load each source once.
          isolate: false,
        },
      },
      {
        extends: true,
        test: {
          name: 'benchmarks',
          include: ['packages/benchmarks/test/**/*.test.ts'],
          exclude: unisolated,
          globalSetup: ['packages/benchmarks/test/support/bundle-programs.ts'],
        },
      },
      {
        extends: true,
        test: {
          name: 'together',
          include: ['test/**/*.test.ts'],
          exclude: ['**/node_modules/**', ...unisolated],
          globalSetup: ['test/support/bundle-fixtures.ts'],
        },
      },
    ],
  },
})
