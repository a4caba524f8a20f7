import assert from 'node:assert/strict'
import type { LinkCase } from '../link-case.ts'

export const closing: readonly LinkCase[] = [
  {
    name: 'an end sends what was handed over before it closes, at both ends and without a cause',
    async run(t) {
      const { left, atLeft, atRight } = await t.open()
      const bytes = 3 * 1024 * 1024
      left.write([Buffer.alloc(bytes, 'l')])
      left.end()
      await Promise.all([atLeft.whenClosed, atRight.whenClosed])
      assert.equal(atRight.received, bytes)
      assert.deepEqual([atLeft.cause, atRight.cause], [undefined, undefined])
    },
  },
  {
    name: 'what came in before the end is brought also when the link was paused then',
    async run(t) {
      const { left, right, atRight } = await t.open()
      right.pause()
      left.write([Buffer.from('last words')])
      left.end()
      await t.settle()
      assert.equal(atRight.closed, false)
      right.resume()
      await atRight.whenClosed
      assert.equal(atRight.text, 'last words')
    },
  },
  {
    name: 'a destroy closes both ends, once, however often it is called',
    async run(t) {
      const { left, right, atLeft, atRight } = await t.open()
      left.destroy()
      left.destroy()
      await Promise.all([atLeft.whenClosed, atRight.whenClosed])
      left.destroy()
      right.destroy()
      await t.settle()
      assert.deepEqual([atLeft.closings, atRight.closings], [1, 1])
    },
  },
  {
    name: 'a destroy waits for nobody: neither for a paused end nor for what was handed over',
    async run(t) {
      const { left, right, atLeft } = await t.open()
      right.pause()
      for (let count = 0; count < 16; count += 1) left.write([Buffer.alloc(1024 * 1024)])
      left.end()
      left.destroy()
      await atLeft.whenClosed
    },
  },
  {
    name: 'no byte comes to an end that was destroyed',
    async run(t) {
      const { left, right, atRight } = await t.open()
      left.write([Buffer.from('x')])
      await atRight.bytes(1)
      left.write([Buffer.alloc(100_000)])
      right.destroy()
      await atRight.whenClosed
      await t.settle()
      assert.equal(atRight.text, 'x')
    },
  },
  {
    name: 'no byte follows the last call',
    async run(t) {
      const { left, right, atLeft, atRight } = await t.open()
      let atClose = -1
      const close = atRight.onClose.bind(atRight)
      atRight.onClose = (cause) => {
        atClose = atRight.received
        close(cause)
      }
      for (let count = 0; count < 20; count += 1) left.write([Buffer.alloc(10_000)])
      right.end()
      await Promise.all([atLeft.whenClosed, atRight.whenClosed])
      await t.settle()
      assert.equal(atRight.received, atClose)
      assert.equal(atRight.closings, 1)
    },
  },
  {
    name: 'a link that has closed takes a write, an end, a pause and a destroy, and does nothing',
    async run(t) {
      const { left, atLeft, atRight } = await t.open()
      left.destroy()
      await Promise.all([atLeft.whenClosed, atRight.whenClosed])
      assert.equal(left.write([Buffer.from('late')]), false)
      left.end()
      left.pause()
      left.resume()
      left.destroy()
      await t.settle()
      assert.deepEqual([atLeft.closings, atRight.received, left.bufferedBytes], [1, 0, 0])
    },
  },
  {
    name: 'a write after the end is not taken',
    async run(t) {
      const { left, atRight } = await t.open()
      left.write([Buffer.from('said')])
      left.end()
      assert.equal(left.write([Buffer.from('too late')]), false)
      await atRight.whenClosed
      assert.equal(atRight.text, 'said')
    },
  },
]
