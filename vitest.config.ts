import { defineConfig } from 'vitest/config'

export default defineConfig({
  // Our packages resolve to their sources, so that no test ever runs a stale build.
  ssr: { resolve: { conditions: ['@clusterbus/source'] } },
  test: {
    pool: 'forks',
    // Many tests wait for processes. Vitest would leave one core to itself, and on two cores run one file at a time.
    maxWorkers: '100%',
    setupFiles: ['test/support/fail-on-warning.ts'],
    reporters: ['default', ['json', { outputFile: 'node_modules/.cache/tests.json' }]],
    testTimeout: 20_000,
    hookTimeout: 20_000,
    projects: [
      { extends: true, test: { name: 'packages', include: ['packages/*/test/**/*.test.ts'] } },
      {
        extends: true,
        test: {
          name: 'together',
          include: ['test/**/*.test.ts'],
          globalSetup: ['test/support/bundle-fixtures.ts'],
        },
      },
    ],
  },
})
