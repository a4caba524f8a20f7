import { execFileSync } from 'node:child_process'
import { beforeAll, expect, test } from 'vitest'

const root = new URL('../..', import.meta.url)
const here = new URL('.', import.meta.url)

beforeAll(() => {
  execFileSync(process.execPath, ['--import', 'tsx', 'scripts/bundle.ts'], { cwd: root, stdio: 'inherit' })
}, 60_000)

test.each(['protocol', 'transport', 'transport/serving', 'broker', 'broker/local', 'client', 'codec-msgpack', 'cache'])(
  'CommonJS code can require the built @clusterbus/%s',
  (path) => {
    const program = `const name = '@clusterbus/${path}'
      console.log(require.resolve(name), Object.keys(require(name)).length > 0)`
    const printed = execFileSync(process.execPath, ['--eval', program], { cwd: here, encoding: 'utf8' })
    expect(printed).toMatch(/dist\/\w+\.js true\n$/)
  },
)
