import { defineConfig } from 'oxlint'

const node = ['node:*', 'node:*/*']

/** All that a package's sources may import besides their own files. Arrows point one way. */
const arrows = {
  protocol: [],
  transport: ['@clusterbus/protocol', 'eventemitter3', ...node],
  broker: ['@clusterbus/protocol', '@clusterbus/transport', '@clusterbus/transport/serving', ...node],
  client: ['@clusterbus/protocol', '@clusterbus/transport', '@clusterbus/broker/local', ...node],
  'codec-msgpack': ['@clusterbus/protocol', 'msgpackr', 'msgpackr/*', ...node],
  cache: ['@clusterbus/client', 'lru-cache', ...node],
  opentelemetry: ['@clusterbus/client', '@opentelemetry/api'],
}

/** A core is a pure state machine: no node: module, no link, nothing of the edges in node/. */
const core = ['@clusterbus/protocol']

export default defineConfig({
  // Not written by hand, and never changed.
  ignorePatterns: ['test/versions/frozen/*.mjs'],
  plugins: ['typescript', 'unicorn', 'oxc'],
  categories: { correctness: 'error' },
  options: { typeAware: true, denyWarnings: true, reportUnusedDisableDirectives: 'error' },
  rules: {
    'typescript/consistent-type-imports': 'error',
    'typescript/no-explicit-any': 'error',
    'typescript/no-floating-promises': 'error',
    'typescript/no-non-null-assertion': 'error',
    'no-restricted-imports': noImport({
      regex: String.raw`^(\.\./)+([^./][^/]*/)+(src|test|dist)/`,
      message: 'No relative import leaves its package.',
    }),
  },
  overrides: [
    {
      // Plain JavaScript is checked by no types of ours; which ones are known there depends on what else is linted.
      files: ['**/*.{cjs,mjs}'],
      rules: { 'typescript/no-floating-promises': 'off', 'typescript/unbound-method': 'off' },
    },
    {
      files: ['packages/*/src/**'],
      rules: {
        'max-lines': ['error', 300],
        'max-lines-per-function': ['error', 60],
        'no-restricted-globals': ['error', { globals: ['Date'], checkGlobalObject: true }],
      },
    },
    {
      // Here a Date is a payload, not a clock.
      files: ['packages/codec-msgpack/src/**'],
      rules: { 'no-restricted-globals': 'off' },
    },
    {
      files: Object.keys(arrows).map((name) => `packages/${name}/src/**`),
      rules: { 'no-console': 'error' },
    },
    ...Object.entries(arrows).map(([name, allowed]) => only(`packages/${name}/src/**`, allowed)),
    only('packages/*/src/core/**', core, ['**/node/**']),
  ],
})

/** The last pattern that matches decides; a relative import that passes through src/ has left its package. */
function only(files, allowed, never = []) {
  const group = ['*', '!./**', '!../**', '**/src/**', ...never, ...allowed.map((name) => `!${name}`)]
  const message = `${files} may import: its own files, ${allowed.join(', ')}`
  return { files: [files], rules: { 'no-restricted-imports': noImport({ group, message }) } }
}

function noImport(pattern) {
  return ['error', { patterns: [pattern] }]
}
