import type { Link } from '@clusterbus/protocol'
import assert from 'node:assert/strict'
import type { LinkCase } from '../link-case.ts'

const megabyte = 1024 * 1024

/** Writes until the link says that it holds enough. Returns the bytes written. */
function fill(link: Link): number {
  for (let written = megabyte; written <= 64 * megabyte; written += megabyte) {
    if (!link.write([Buffer.alloc(megabyte, 'm')])) return written
  }
  assert.fail('a link whose other end is paused takes 64 MiB and never says that it holds enough')
}

export const backPressure: readonly LinkCase[] = [
  {
    name: 'a link says no when it holds enough, drops nothing, and says when there is room',
    async run(t) {
      const { left, right, atLeft, atRight } = await t.open()
      right.pause()
      const written = fill(left)
      const drained = atLeft.nextDrain()
      right.resume()
      await drained
      await atRight.bytes(written)
      await t.settle()
      assert.equal(atRight.received, written)
    },
  },
  {
    name: 'what has not left the process is counted, until it has',
    async run(t) {
      const { left, right, atRight } = await t.open()
      assert.equal(left.bufferedBytes, 0)
      right.pause()
      const written = fill(left)
      assert.ok(left.bufferedBytes > 0 && left.bufferedBytes <= written)
      right.resume()
      await atRight.bytes(written)
      await t.settle()
      assert.equal(left.bufferedBytes, 0)
    },
  },
  {
    name: 'what is written after a no is taken as well, in order',
    async run(t) {
      const { left, right, atRight } = await t.open()
      right.pause()
      const written = fill(left)
      for (let count = 0; count < 10; count += 1) left.write([Buffer.from(String(count))])
      right.resume()
      await atRight.bytes(written + 10)
      assert.equal(atRight.text.slice(-11), 'm0123456789')
    },
  },
  {
    name: 'there is no word of room while there is none',
    async run(t) {
      const { left, right, atLeft } = await t.open()
      right.pause()
      fill(left)
      await t.settle()
      assert.equal(atLeft.drains, 0)
    },
  },
  {
    name: 'nothing arrives while it is paused, and all of it afterwards',
    async run(t) {
      const { left, right, atRight } = await t.open()
      left.write([Buffer.from('before')])
      await atRight.bytes(6)
      right.pause()
      right.pause()
      left.write([Buffer.from(' after')])
      await t.settle()
      assert.equal(atRight.text, 'before')
      right.resume()
      await atRight.bytes(12)
      assert.equal(atRight.text, 'before after')
    },
  },
  {
    name: 'a large piece arrives in order through a receiver that pauses with every chunk',
    async run(t) {
      const { left, right, atRight } = await t.open()
      const take = atRight.onChunk.bind(atRight)
      atRight.onChunk = (chunk) => {
        right.pause()
        take(chunk)
        setImmediate(() => right.resume())
      }
      left.write([Buffer.alloc(3 * megabyte, 'x'), Buffer.from('end')])
      await atRight.bytes(3 * megabyte + 3)
      assert.equal(atRight.text.slice(-4), 'xend')
      assert.equal(atRight.closed, false)
    },
  },
  {
    name: 'a pause at one end holds nothing back at the other',
    async run(t) {
      const { left, right, atLeft } = await t.open()
      right.pause()
      left.write([Buffer.from('waits')])
      right.write([Buffer.from('goes on')])
      await atLeft.bytes(7)
      assert.equal(atLeft.text, 'goes on')
    },
  },
]
