import type { Broker } from '@clusterbus/broker'
import { BrokerCore } from '@clusterbus/broker/core'
import { FrameKind, layout, type Link, type LinkReceiver } from '@clusterbus/protocol'
import { replace } from '../../simulation/mutants/mutant.ts'

type BrokerStats = ReturnType<Broker['stats']>

/**
 * Messages that the links of a broker were given, counted at the links: what the broker says of itself must agree with
 * it. Watches every broker of this process that is created while it is open.
 */
export class LinkAccount {
  readonly #links = new Map<number, CountingLink>()
  readonly #close: () => void

  constructor() {
    const links = this.#links
    this.#close = replace(
      BrokerCore.prototype,
      'accept',
      (accept) =>
        function (this: BrokerCore, link, about) {
          const counting = new CountingLink(link)
          accept.call(this, counting, about)
          const id = this.members().at(-1)?.id
          if (id !== undefined && !links.has(id)) links.set(id, counting)
        },
    )
  }

  /** Messages that the link of a member was given. */
  takenBy(member: number): number {
    return this.#links.get(member)?.messages ?? 0
  }

  get taken(): number {
    let taken = 0
    for (const { messages } of this.#links.values()) taken += messages
    return taken
  }

  /** Cuts the link of a member, with what it holds. */
  cut(member: number): void {
    this.#links.get(member)?.destroy()
  }

  /** Copies of messages of which nobody knows where they are; there may be none, at any time. */
  unaccounted({ delivered, dropped, lost, queuedMessages, drops }: BrokerStats): number {
    const inRows = drops.reduce((sum, { messages }) => sum + messages, 0)
    return Math.abs(delivered - this.taken - dropped - lost - queuedMessages) + Math.abs(dropped - inRows)
  }

  close(): void {
    this.#close()
  }
}

class CountingLink implements Link {
  messages = 0
  readonly #link: Link

  constructor(link: Link) {
    this.#link = link
  }

  get bufferedBytes(): number {
    return this.#link.bufferedBytes
  }

  open(receiver: LinkReceiver): void {
    this.#link.open(receiver)
  }

  write(segments: readonly Buffer[]): boolean {
    for (const segment of segments) {
      for (let at = 0; at < segment.length; at += layout.readU32(segment, at)) {
        const kind = segment[at + 4]
        if (kind === FrameKind.PUBLISH || kind === FrameKind.PUBLISH_NAMED) this.messages += 1
      }
    }
    return this.#link.write(segments)
  }

  pause(): void {
    this.#link.pause()
  }

  resume(): void {
    this.#link.resume()
  }

  end(): void {
    this.#link.end()
  }

  destroy(): void {
    this.#link.destroy()
  }

  ref(): void {
    this.#link.ref()
  }

  unref(): void {
    this.#link.unref()
  }
}
