import { BusError, describeThrown } from '@clusterbus/protocol'

/** What is told of something on `topic` that could not be read. */
export function unreadableError(error: unknown, topic: string): BusError {
  // Headers or a failure that a member wrote wrongly: no reason to distrust the broker, which does not look into them.
  if (error instanceof BusError && error.code !== 'BAD_FRAME') return error
  const { message: why } = describeThrown(error)
  return new BusError('UNDECODABLE', `a message on ${JSON.stringify(topic)} cannot be read: ${why}`, {
    topic,
    cause: error,
  })
}
