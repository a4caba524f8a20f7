import { readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { runExample } from './support/run-script.ts'

const examples = new URL('../../examples/', import.meta.url)

test('what README shows is all that the existing app needs: lines are added, and none is changed', () => {
  const before = linesOf('existing-app/before/app.ts')
  const added = linesOf('existing-app/after/app.ts').filter((line) => {
    const isOld = line === before[0]
    if (isOld) before.shift()
    return !isOld
  })
  expect(before).toEqual([])
  const shown = linesOf('../README.md').filter((line) => line.startsWith('+'))
  expect(shown.map((line) => line.slice(1))).toEqual(added)
})

test('beside the bus, the messages of the app are what they were', async () => {
  const before = await runExample('existing-app/before')
  const after = await runExample('existing-app')
  const ofBus = after.filter((line) => line.includes('heard on the bus'))
  const ofApp = after.filter((line) => !line.includes('heard on the bus'))
  expect(ofApp.toSorted()).toEqual(before.toSorted())
  expect(ofBus.toSorted()).toEqual([
    'worker 1: heard on the bus of sales of milk and tea',
    'worker 2: heard on the bus of sales of milk and tea',
  ])
})

function linesOf(path: string): string[] {
  return readFileSync(new URL(path, examples), 'utf8').split('\n')
}
