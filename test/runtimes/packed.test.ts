import { build } from 'esbuild'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { PackedApp } from './support/packed-app.ts'
import { type Ended, runNode } from './support/run-node.ts'

let app: PackedApp

beforeAll(async () => {
  app = new PackedApp()
  for (const format of ['esm', 'cjs'] as const) {
    await build({
      entryPoints: ['app', 'both'].map((name) => app.path(`${name}.ts`)),
      outdir: app.folder,
      entryNames: '[name]-bundled',
      outExtension: { '.js': format === 'esm' ? '.mjs' : '.cjs' },
      bundle: true,
      platform: 'node',
      format,
      target: 'node20.19',
    })
  }
}, 180_000)

afterAll(() => app.remove())

const run = (args: readonly string[], folder = '', env: Readonly<Record<string, string>> = {}): Promise<Ended> =>
  runNode(app.path(folder), args, env)

describe('CommonJS', () => {
  const entries = [
    'protocol',
    'transport',
    'transport/serving',
    'broker',
    'broker/local',
    'client',
    'codec-msgpack',
    'cache',
    'opentelemetry',
  ]

  test('can require every entry of every package as it is published', async () => {
    const program = `for (const path of ${JSON.stringify(entries)}) {
      const name = '@clusterbus/' + path
      console.log(name, require.resolve(name).includes('/dist/') && Object.keys(require(name)).length > 0)
    }`
    const { code, stdout } = await run(['--input-type=commonjs', '--eval', program])
    expect(code).toBe(0)
    expect(stdout).toBe(entries.map((path) => `@clusterbus/${path} true\n`).join(''))
  })
})

describe('an app with a primary, a worker and a child, none of which closes anything,', () => {
  const ways: [way: string, args: string[]][] = [
    ['written as CommonJS', ['app.cjs']],
    ['run by tsx', ['--import', 'tsx', 'app.ts']],
    ['bundled into one module', ['app-bundled.mjs']],
    ['bundled into one CommonJS file', ['app-bundled.cjs']],
  ]
  // Node has it since 22.18 and 23.6; on older lines there is nothing to test.
  if (Reflect.get(process.features, 'typescript') === 'strip')
    ways.push(['without its types, by Node itself', ['app.ts']])

  test.each(ways)('works %s, and ends by itself', async (_, args) => {
    expect(withoutNodesWarnings(await run(args))).toEqual({ code: 0, stdout: 'cluster and fork\n', stderr: '' })
  })
})

test.each(['./both-bundled.mjs', './both-bundled.cjs'])(
  'two copies in one process find each other: %s',
  async (copy) => {
    const ended = withoutNodesWarnings(await run(['two-copies.mjs', copy]))
    expect(ended).toEqual({ code: 0, stdout: 'one process, one broker\n', stderr: '' })
  },
)

describe('tests that leave their buses and their broker open', () => {
  const jest = (config: string, ...args: string[]): string[] => [
    '../node_modules/jest/bin/jest.js',
    `--config=${config}.config.json`,
    ...args,
  ]

  test.each([
    ['one after the other', {}, ['--detectOpenHandles']],
    // Tests that it knows to be fast, from a former run, it would not give to others.
    ['in processes of its own', { JEST_FORKS: 'yes' }, ['--maxWorkers=2', '--cacheDirectory=not-run-before']],
  ])('run with Jest as modules and as CommonJS that imports: %s', async (_, env, args) => {
    const ended = await run(jest('modules', ...args), 'jest', { ...env, NODE_OPTIONS: '--experimental-vm-modules' })
    expectJest(ended, 3)
  })

  test('run with Jest as CommonJS that requires, with the packages transformed', async () => {
    expectJest(await run(jest('transformed', '--detectOpenHandles'), 'jest'), 2)
  })

  test('run with Vitest, in processes and in threads', async () => {
    const { code, stdout, stderr } = await run(['../node_modules/vitest/vitest.mjs', 'run'], 'vitest', {
      NO_COLOR: '1',
    })
    expect(stderr).toBe('')
    expect(stdout).toContain('Tests  4 passed (4)')
    expect(code).toBe(0)
  })

  test('run with node --test, as modules and as CommonJS', async () => {
    const args = ['--test', '--test-reporter=tap', 'modules.mjs', 'commonjs.cjs']
    const { code, stdout, stderr } = withoutNodesWarnings(await run(args, 'node-test'))
    expect(stderr).toBe('')
    expect(stdout).toMatch(/^# pass 3$/m)
    expect(code).toBe(0)
  })
})

/** Jest says there what it has found, and what was left open. */
function expectJest(ended: Ended, passed: number): void {
  const { code, stderr } = withoutNodesWarnings(ended)
  const said = stderr.split('\n').filter((line) => !/^(PASS|  ✓|Test Suites:|Snapshots:|Time:|Ran all|$)/.test(line))
  expect(said).toEqual([`Tests:       ${passed} passed, ${passed} total`])
  expect(code).toBe(0)
}

/** Node warns about its own young features, and which ones differs by version. */
function withoutNodesWarnings({ stderr, ...rest }: Ended): Ended {
  const own = /^\(node:\d+\) ExperimentalWarning: .*\n|^\(Use `node --trace-warnings .*\n/gm
  return { ...rest, stderr: stderr.replace(own, '') }
}
