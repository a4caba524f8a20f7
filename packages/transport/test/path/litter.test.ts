import { existsSync, mkdirSync, mkdtempSync, readdirSync, statSync, utimesSync } from 'node:fs'
import { join } from 'node:path'
import { afterEach, expect, test } from 'vitest'
import type { Place } from '../../src/index.ts'
import { removeLitter } from '../../src/serving.ts'
import { leaveSocketBehind, listenAt, mustHold, newPlace, undoAll } from './support.ts'

afterEach(undoAll)

/** As somebody leaves it who is killed while it claims a path. */
function leaveStaging({ folder }: Place): string {
  return mkdtempSync(join(folder, '.cb-'))
}

function age(directory: string): void {
  const longAgo = statSync(directory).mtimeMs / 1_000 - 3_600
  utimesSync(directory, longAgo, longAgo)
}

test('what was left by those who were killed while they claimed a path is removed, and nothing else', async () => {
  const place = newPlace()
  await mustHold(place)
  const [empty, dead, alive, young] = [1, 2, 3, 4].map(() => leaveStaging(place))
  const other = join(place.folder, 'somebody-else')
  mkdirSync(other)
  await leaveSocketBehind(join(String(dead), 's'))
  await listenAt(join(String(alive), 's'))
  for (const directory of [empty, dead, alive, other]) age(String(directory))
  await removeLitter(place)
  expect([empty, dead, alive, young, other].map((each) => existsSync(String(each)))).toEqual([
    false,
    false,
    true,
    true,
    true,
  ])
})

test('it is removed in time where more than are looked at in one go stand before it', async () => {
  const place = newPlace()
  await mustHold(place)
  for (let count = 0; count < 80; count += 1) leaveStaging(place)
  const staged = (): string[] => readdirSync(place.folder).filter((name) => name.startsWith('.cb-'))
  const dead = join(place.folder, String(staged().at(75)))
  age(dead)
  await removeLitter(place, () => 0)
  expect(staged()).toHaveLength(80)
  await removeLitter(place, () => 0.5)
  expect(existsSync(dead)).toBe(false)
  expect(staged()).toHaveLength(79)
})
