import assert from 'node:assert/strict'
import type { LinkCase } from '../link-case.ts'

export const manners: readonly LinkCase[] = [
  {
    name: 'a receiver is never called from within a call to the link',
    async run(t) {
      const { left, right, atLeft, atRight } = await t.open()
      let isCalling = true
      const calledWithin: string[] = []
      for (const receiver of [atLeft, atRight]) {
        for (const name of ['onChunk', 'onDrain', 'onClose'] as const) {
          const call: (...args: never[]) => void = receiver[name].bind(receiver)
          receiver[name] = (...args: never[]) => {
            if (isCalling) calledWithin.push(name)
            call(...args)
          }
        }
      }
      left.write([Buffer.alloc(2 * 1024 * 1024)])
      right.pause()
      right.resume()
      left.pause()
      left.resume()
      isCalling = false
      await atRight.bytes(2 * 1024 * 1024)
      isCalling = true
      left.end()
      left.destroy()
      right.destroy()
      isCalling = false
      await Promise.all([atLeft.whenClosed, atRight.whenClosed])
      assert.deepEqual(calledWithin, [])
    },
  },
  {
    name: 'a receiver may call the link from within each of its calls',
    async run(t) {
      const { left, right, atLeft, atRight } = await t.open()
      const take = atRight.onChunk.bind(atRight)
      atRight.onChunk = (chunk) => {
        take(chunk)
        right.write([Buffer.from('answer')])
        right.end()
      }
      left.write([Buffer.from('question')])
      await Promise.all([atLeft.whenClosed, atRight.whenClosed])
      assert.equal(atLeft.text, 'answer')
    },
  },
  {
    name: 'a new link keeps no process running; a ref does, until an unref or the end',
    async run(t) {
      const { left, atLeft } = await t.open()
      await t.settle()
      const before = process.getActiveResourcesInfo().length
      left.ref()
      left.ref()
      assert.equal(process.getActiveResourcesInfo().length - before, 1)
      left.unref()
      left.unref()
      assert.equal(process.getActiveResourcesInfo().length - before, 0)
      left.ref()
      left.destroy()
      await atLeft.whenClosed
      await t.settle()
      assert.ok(process.getActiveResourcesInfo().length <= before)
      left.ref()
      assert.ok(process.getActiveResourcesInfo().length <= before)
    },
  },
]
