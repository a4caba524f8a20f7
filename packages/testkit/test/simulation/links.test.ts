import type { Link, LinkReceiver } from '@clusterbus/protocol'
import { describe, expect, test } from 'vitest'
import { SimulatedConnection } from '../../src/simulation/cluster/connection.ts'
import { Dice } from '../../src/simulation/dice.ts'
import { type FaultRates, Faults, noFaults } from '../../src/simulation/links/faults.ts'
import { SimulatedProcess } from '../../src/simulation/time/simulated-process.ts'
import { VirtualTime } from '../../src/simulation/time/virtual-time.ts'

const kinds: Record<string, FaultRates> = {
  'without faults': noFaults,
  'that delays, stalls, splits and coalesces': { ...noFaults, delay: 0.3, stall: 0.1, split: 0.5, coalesce: 0.5 },
}
const wire = { latencyMs: 1, highWaterBytes: 64, windowBytes: 100 }
const text = Array.from({ length: 400 }, (_, index) => `${index},`).join('')

/** Two processes and a link between them. */
function connect(rates: FaultRates, seed: number) {
  const time = new VirtualTime()
  const left = new SimulatedProcess('left', time)
  const right = new SimulatedProcess('right', time)
  const faults = new Faults(rates, new Dice(seed))
  const connection = new SimulatedConnection('left', left, right, wire, faults)
  return { time, left, right, connection, atLeft: record(connection.memberEnd), atRight: record(connection.brokerEnd) }
}

/** All that a link tells, in order. */
function record(link: Link) {
  const seen = { text: '', drains: 0, closings: 0, afterClose: 0 }
  const receiver: LinkReceiver = {
    onChunk: (chunk) => {
      seen.text += chunk.toString('latin1')
      seen.afterClose += seen.closings
      // Whoever gets a chunk may write into it.
      chunk.fill('#')
    },
    onDrain: () => {
      seen.drains += 1
      seen.afterClose += seen.closings
    },
    onClose: () => void (seen.closings += 1),
  }
  link.open(receiver)
  return seen
}

/** Writes the text in pieces, as a writer that waits when it is asked to. */
function writeAll(link: Link, time: VirtualTime, dice: Dice, drains: () => number): void {
  let at = 0
  let drainsSeen = drains()
  let mayWrite = true
  const step = (): void => {
    if (!mayWrite && drains() > drainsSeen) mayWrite = true
    if (mayWrite) {
      const end = at + dice.between(1, 50)
      drainsSeen = drains()
      mayWrite = link.write([Buffer.from(text.slice(at, end))])
      at = end
    }
    if (at < text.length) time.schedule(1, step)
    else link.end()
  }
  step()
}

describe.each(Object.entries(kinds))('a simulated link %s', (_, rates) => {
  const seeds = Array.from({ length: 20 }, (__, index) => index + 1)

  test.each(seeds)(
    'brings all bytes in order, to a reader that pauses, and closes both ends once (seed %i)',
    async (seed) => {
      const { time, connection, atLeft, atRight } = connect(rates, seed)
      const dice = new Dice(seed)
      writeAll(connection.memberEnd, time, dice, () => atLeft.drains)
      for (let pause = 0; pause < 20; pause += 1) {
        time.schedule(dice.between(1, 200), () => connection.brokerEnd.pause())
        time.schedule(dice.between(1, 400), () => connection.brokerEnd.resume())
      }
      time.schedule(500, () => connection.brokerEnd.resume())
      await time.run(1_000_000)
      expect(atRight.text).toBe(text)
      expect([atLeft.closings, atRight.closings, atLeft.afterClose, atRight.afterClose]).toEqual([1, 1, 0, 0])
    },
  )

  test('brings nothing while its reader is paused, says no when it holds enough, and says when there is room', async () => {
    const { time, connection, atLeft, atRight } = connect(rates, 1)
    const { memberEnd, brokerEnd } = connection
    brokerEnd.pause()
    let written = 0
    while (memberEnd.write([Buffer.alloc(50, 'x')])) written += 50
    await time.run(10_000)
    expect(atRight.text).toBe('')
    expect(atLeft.drains).toBe(0)
    expect(memberEnd.bufferedBytes).toBeGreaterThanOrEqual(wire.highWaterBytes)
    brokerEnd.resume()
    await time.run(100_000)
    expect(atRight.text).toBe('x'.repeat(written + 50))
    expect(atLeft.drains).toBe(1)
    expect(memberEnd.bufferedBytes).toBe(0)
  })

  test('never calls its receiver from within a call, and takes a write, an end and a destroy after its close', async () => {
    const { time, connection, atLeft, atRight } = connect(rates, 2)
    const { memberEnd } = connection
    memberEnd.write([Buffer.from('x')])
    memberEnd.destroy()
    expect([atLeft.closings, atRight.closings, atRight.text]).toEqual([0, 0, ''])
    await time.run(100_000)
    expect(memberEnd.write([Buffer.from('late')])).toBe(false)
    memberEnd.end()
    memberEnd.destroy()
    await time.run(200_000)
    expect([atLeft.closings, atRight.closings]).toEqual([1, 1])
  })

  test('brings nothing to a process that is stopped, and all of it when that goes on', async () => {
    const { time, right, connection, atRight } = connect(rates, 3)
    right.stop()
    connection.memberEnd.write([Buffer.from('one,')])
    await time.run(10_000)
    expect(atRight.text).toBe('')
    right.goOn()
    await time.run(20_000)
    expect(atRight.text).toBe('one,')
  })
})

describe('a simulated link on which things go wrong', () => {
  test('that is truncated brings a part from the start, and closes both ends', async () => {
    const { time, connection, atLeft, atRight } = connect({ ...noFaults, truncate: 1 }, 4)
    connection.memberEnd.write([Buffer.from('abcdefgh')])
    await time.run(1_000)
    expect('abcdefgh'.startsWith(atRight.text) && atRight.text !== 'abcdefgh').toBe(true)
    expect([atLeft.closings, atRight.closings, connection.damage]).toEqual([1, 1, 'cut'])
  })

  test('that corrupts changes one bit, says so, and is cut', async () => {
    const { time, connection, atLeft, atRight } = connect({ ...noFaults, corrupt: 1 }, 5)
    let told = 0
    connection.onCorrupt = () => void (told += 1)
    const sent = Buffer.from('abcdefgh')
    connection.memberEnd.write([Buffer.from(sent)])
    await time.run(1_000)
    const bits = [...Buffer.from(atRight.text, 'latin1')].map((byte, index) => (byte ^ (sent[index] ?? 0)).toString(2))
    expect(bits.join('').replaceAll('0', '')).toBe('1')
    expect([atLeft.closings, atRight.closings, told]).toEqual([1, 1, 1])
  })

  test('that is cut brings nothing any more, also to a reader that is paused', async () => {
    const { time, connection, atRight } = connect(noFaults, 6)
    connection.brokerEnd.pause()
    connection.memberEnd.write([Buffer.from('lost')])
    connection.cut()
    await time.run(1_000)
    expect(atRight).toMatchObject({ text: '', closings: 1 })
  })
})
