import { layout, read } from '@clusterbus/protocol'

/** Which flags a message may have, and how long its payload may be. */
export interface MessageRules {
  readonly flags: number
  readonly payloadBytes: number
}

/**
 * Checks what every receiver of a message will rely on, so that one confused member cannot make the others close their
 * links. `at` is where the headers, or else the payload, start. Throws `BAD_FRAME`.
 */
export function checkMessage(bytes: Buffer, start: number, at: number, end: number, rules: MessageRules): void {
  if (at > end) throw read.badFrame('a message is cut off')
  if (((bytes[start + 5] ?? 0) & ~rules.flags) !== 0) throw read.badFrame(`unknown flags ${bytes[start + 5]}`)
  const payloadBytes = end - read.payloadStart(bytes, start, at, end)
  if (payloadBytes <= rules.payloadBytes) return
  throw read.badFrame(`a payload of ${payloadBytes} bytes is over the limit of ${rules.payloadBytes}`)
}

/** Checks a message whose name stands at `at`, and returns that name. */
export function checkNamedMessage(bytes: Buffer, start: number, at: number, end: number, rules: MessageRules): string {
  read.assertFrameBytes(start, end, at - start, 'a message')
  const name = read.readName(bytes, start, at, end)
  checkMessage(bytes, start, at + layout.readU32(bytes, start + layout.topicAt), end, rules)
  return name
}
