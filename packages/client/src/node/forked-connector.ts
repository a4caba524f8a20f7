import {
  type IpcChannel,
  onEnvelope,
  parentHasBroker,
  parentHasSaidSo,
  processBroker,
  sendEnvelope,
} from '@clusterbus/transport'
import type { Connector } from '../core/connection.ts'

/** Whether whoever is at the other end of a channel is known to have a broker. */
export interface Known {
  readonly isKnown: boolean
  /** It has said so. */
  hasSaidSo(): void
}

/** The process that has started this one. */
export const knownParent: Known = {
  get isKnown() {
    return parentHasBroker()
  },
  hasSaidSo: parentHasSaidSo,
}

/**
 * For a thread, and for a process that something has started with an IPC channel. If that has a broker, the bus waits for it. If nothing
 * is known of one, as under a test runner, the bus works alone at once, asks once, and keeps an ear on the channel: when
 * a broker is announced, all buses that work alone go over to it.
 */
export class ForkedConnector implements Connector {
  readonly #channel: IpcChannel
  readonly #parent: Connector
  readonly #alone: Connector
  readonly #known: Known
  #stopListening: () => void = () => undefined

  constructor(channel: IpcChannel, parent: Connector, alone: Connector, known: Known) {
    this.#channel = channel
    this.#parent = parent
    this.#alone = alone
    this.#known = known
  }

  get remedy(): string | undefined {
    return this.#parent.remedy
  }

  seek(found: Parameters<Connector['seek']>[0]): () => void {
    this.#stopListening()
    if (this.#known.isKnown) return this.#parent.seek(found)
    let isLinked = false
    let stop = this.#alone.seek({
      linked: (link) => {
        isLinked = true
        found.linked(link)
      },
      refused: (error) => found.refused(error),
    })
    this.#stopListening = onEnvelope(this.#channel, ({ type }) => {
      if (type !== 'here') return
      this.#stopListening()
      this.#known.hasSaidSo()
      if (isLinked) {
        // They seek anew then, and find that the parent has one.
        processBroker()?.giveWay?.()
        return
      }
      stop()
      stop = this.#parent.seek(found)
    })
    // Who has attached this child before it listened has been announced to nobody.
    sendEnvelope(this.#channel, 'look', {})
    return () => {
      this.#stopListening()
      stop()
    }
  }

  lastWords(segments: readonly Buffer[]): void {
    if (this.#known.isKnown) this.#parent.lastWords?.(segments)
  }
}
