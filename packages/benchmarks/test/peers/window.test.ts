import { expect, test } from 'vitest'
import { windowBytes } from '../../src/peers/peer.ts'
import { Window } from '../../src/peers/window.ts'

test('one half of the window waits for the half before it', async () => {
  const { window, acknowledge } = windowOf(4)
  expect([window.add(1), window.add(1)]).toEqual([true, false])
  await window.room()
  expect([window.add(1), window.add(1)]).toEqual([true, false])
  const room = window.room()
  expect(await settledYet(room)).toBe(false)
  acknowledge()
  await room
})

test('large messages fill it by their bytes', () => {
  const { window } = windowOf(4)
  expect(window.add(windowBytes / 2)).toBe(false)
})

function windowOf(messages: number): { window: Window; acknowledge: () => void } {
  const unacknowledged: (() => void)[] = []
  const comeSoFar = (): Promise<void> => new Promise((resolve) => void unacknowledged.push(resolve))
  return { window: new Window(comeSoFar, messages), acknowledge: () => unacknowledged.shift()?.() }
}

async function settledYet(promise: Promise<unknown>): Promise<boolean> {
  return Promise.race([promise.then(() => true), new Promise<false>((resolve) => setImmediate(resolve, false))])
}
