import { chmodSync, renameSync } from 'node:fs'
import { afterEach, expect, test } from 'vitest'
import { type Connected, dialPath, type NotConnected } from '../../src/index.ts'
import { listenAt, mustHold, newPlace, undoAll } from './support.ts'

afterEach(undoAll)

test('whoever calls a broker that says nothing looks elsewhere as soon as another has the path', async () => {
  const place = newPlace()
  const { claim } = await mustHold(place)
  // It takes calls as a stopped process does, and never answers.
  const silent = await listenAt(`${place.path}-`)
  chmodSync(`${place.path}-`, 0o600)
  renameSync(`${place.path}-`, place.path)
  const called = new Promise((resolve) => silent.once('connection', resolve))
  const result = new Promise<Connected | NotConnected>((resolve) =>
    dialPath(place, { name: undefined, bus: 'one' }, resolve),
  )
  await called
  // The path itself is taken, so this claim does not stay; the one before is gone all the same.
  await expect(mustHold(place, { silentId: claim.id })).rejects.toThrow('something else listens')
  expect(await result).toMatchObject({ found: 'elsewhere', holder: { id: claim.id } })
})
