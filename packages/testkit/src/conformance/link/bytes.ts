import assert from 'node:assert/strict'
import type { LinkCase } from '../link-case.ts'
import { RecordingReceiver } from '../../fakes/recording-receiver.ts'
import { numbered } from '../tools/numbered.ts'

export const bytes: readonly LinkCase[] = [
  {
    name: 'bytes arrive in order, both ways',
    async run(t) {
      const { left, right, atLeft, atRight } = await t.open()
      left.write([Buffer.from('one,'), Buffer.from('two,')])
      left.write([Buffer.from('three')])
      right.write([Buffer.from('back')])
      await Promise.all([atRight.bytes(13), atLeft.bytes(4)])
      assert.equal(atRight.text, 'one,two,three')
      assert.equal(atLeft.text, 'back')
    },
  },
  {
    name: 'none is lost and none doubled, in pieces of any size, both ways at once',
    async run(t) {
      const { left, right, atLeft, atRight } = await t.open()
      const sizes = [1, 0, 3, 65_536, 65_535, 1, 48 * 1024 + 1, 300_000, 2, 1_500_000]
      const total = sizes.reduce((sum, size) => sum + size, 0)
      for (const [link, first] of [
        [left, 0],
        [right, 1],
      ] as const) {
        let at = first
        for (const size of sizes) {
          link.write([numbered(at, size)])
          at += size
        }
      }
      await Promise.all([atLeft.bytes(total), atRight.bytes(total)])
      await t.settle()
      assert.ok(Buffer.concat(atRight.chunks).equals(numbered(0, total)))
      assert.ok(Buffer.concat(atLeft.chunks).equals(numbered(1, total)))
    },
  },
  {
    name: 'a write of nothing, and of empty segments, brings no byte',
    async run(t) {
      const { left, atRight } = await t.open()
      left.write([])
      left.write([Buffer.alloc(0), Buffer.alloc(0)])
      left.write([Buffer.from('x')])
      await atRight.bytes(1)
      await t.settle()
      assert.equal(atRight.text, 'x')
    },
  },
  {
    name: 'what is written before the other end is open arrives when it is, where somebody holds it until then',
    async run(t) {
      if (!t.holdsBytesUntilOpen) return
      const [left, right] = await t.pair()
      left.open(new RecordingReceiver())
      left.write([Buffer.from('early')])
      await t.settle()
      const atRight = new RecordingReceiver()
      right.open(atRight)
      await atRight.bytes(5)
      assert.equal(atRight.text, 'early')
    },
  },
  {
    name: 'a receiver may keep a chunk and write into it, and nobody else does',
    async run(t) {
      const { left, atRight } = await t.open()
      const take = atRight.onChunk.bind(atRight)
      const kept: Buffer[] = []
      atRight.onChunk = (chunk) => {
        take(Buffer.from(chunk))
        kept.push(chunk.fill('k'))
      }
      for (let count = 0; count < 10; count += 1) {
        left.write([Buffer.from('same size')])
        await atRight.bytes(9 * (count + 1))
      }
      assert.equal(atRight.text, 'same size'.repeat(10))
      assert.equal(Buffer.concat(kept).toString(), 'k'.repeat(90))
    },
  },
]
