import { createBirpc, type BirpcReturn } from 'birpc'

/** A channel that carries a peer's messages and those that steer the benchmark. */
export interface Channel {
  send(message: unknown): void
  listen(listener: (message: unknown) => void): void
}

/** The functions of the other side of a channel. */
export type Remote<Api extends object> = BirpcReturn<Api, object>

/** Serves `own` to the other side of `channel`, and gives its functions. Each message is marked, to be told from a peer's. */
export function control<Api extends object>(channel: Channel, own: object = {}): Remote<Api> {
  return createBirpc<Api, object>(own, {
    post: (call: unknown) => channel.send({ control: call }),
    on: (receive) =>
      channel.listen((message) => {
        if (isControl(message)) receive(message.control)
      }),
    // A window may be as long as one likes. A worker that dies ends the run by that.
    timeout: -1,
  })
}

export function isControl(message: unknown): message is { control: unknown } {
  return typeof message === 'object' && message !== null && 'control' in message
}

/** A message that the primary carries between the benchmark and one of its workers. */
export interface Carried {
  readonly worker: number
  readonly message: unknown
}

export function isCarried(message: unknown): message is Carried {
  return typeof message === 'object' && message !== null && 'worker' in message && 'message' in message
}
