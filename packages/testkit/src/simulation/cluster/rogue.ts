import { ChunkWriter, FrameKind, write } from '@clusterbus/protocol'
import type { Dice } from '../dice.ts'
import { SimulatedProcess } from '../time/simulated-process.ts'
import type { BrokerHost, World } from './broker-host.ts'

/** Topics that it publishes to, and what it says there. */
const forgedText = JSON.stringify({ publisher: 'm1', number: 1 })

/**
 * A member that speaks the protocol and breaks its rules: it answers requests that it was not asked, publishes in the name of
 * others, or says what is no frame at all. The broker may close its link; nobody else may notice anything.
 */
export function startRogue(name: string, world: World, host: BrokerHost, dice: Dice, topics: readonly string[]): void {
  const { history, ledger, time } = world
  const process = new SimulatedProcess(name, time)
  const record = ledger.addMember(name)
  record.tainted = true
  host.seek(name, process, (connection) => {
    if (connection.memberId !== undefined) {
      ledger.taintedIds.add(connection.memberId)
      record.ids.add(connection.memberId)
    }
    history.add(name, `is member ${connection.memberId} and means no good`)
    const link = connection.memberEnd
    link.open({ onChunk: () => undefined, onDrain: () => undefined, onClose: () => undefined })
    const rounds = dice.between(3, 12)
    for (let round = 1; round <= rounds; round += 1) {
      process.schedule(round * dice.between(1, 30), () => void link.write(mischief(dice, topics)))
    }
    process.schedule(1_000, () => link.destroy())
  })
}

function mischief(dice: Dice, topics: readonly string[]): Buffer[] {
  const writer = new ChunkWriter()
  const count = dice.between(4, 16)
  for (let index = 0; index < count; index += 1) oneMischief(writer, dice, topics)
  if (dice.chance(0.05)) writer.appendSlice(Buffer.from([255, 255, 255, 255, 1, 2, 3]))
  return writer.take()
}

function oneMischief(writer: ChunkWriter, dice: Dice, topics: readonly string[]): void {
  switch (dice.weighted({ reply: 8, publish: 4, unsubscribe: 2, cancel: 2 })) {
    case 'reply': {
      // Requests are numbered from 1, so a guess may well hit one that waits.
      const request = dice.between(1, 6)
      const reply = { flags: 0, codec: 1, requester: dice.between(1, 4), request, payload: Buffer.from('"forged"') }
      return write.writeReply(writer, reply)
    }
    case 'publish': {
      const name = Buffer.from(dice.pick(topics))
      const payload = Buffer.from(forgedText)
      const message = {
        kind: FrameKind.PUBLISH_NAMED,
        flags: 0,
        codec: 1,
        topicNumber: 0,
        name,
        request: 0,
        headers: undefined,
      }
      const start = write.beginMessage(writer, message, payload.length)
      writer.chunk[start + 8] = dice.between(1, 4)
      writer.position += payload.copy(writer.chunk, writer.position)
      return write.endFrame(writer, start)
    }
    case 'unsubscribe':
      return write.writeNumber(writer, FrameKind.UNSUBSCRIBE, dice.between(1, 20))
    case 'cancel':
      return write.writeNumber(writer, FrameKind.CANCEL, dice.between(1, 20))
  }
}
