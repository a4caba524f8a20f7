import { type IpcChannel, onEnvelope, processBroker, sendEnvelope, ThreadDesk } from '@clusterbus/transport'

/**
 * Lets the threads of this process talk to the broker behind `parent`, the process's own IPC channel, which no thread can
 * use. It is a hello and a welcome for each bus, unless no socket can be had. `threadEnded` is called when a thread has.
 */
export function openThreadRelay(parent: IpcChannel, threadEnded: () => void): ThreadDesk {
  const desk = new ThreadDesk({
    serve: (channel) => relay(channel, parent),
    exited: (thread) => {
      sendEnvelope(parent, 'exited', { thread })
      threadEnded()
    },
  })
  desk.open()
  return desk
}

/** Returns how to stop. */
function relay(channel: IpcChannel, parent: IpcChannel): () => void {
  /** Under which answers are for this thread. */
  const keys = new Set<string>()
  const closeAll = (end: IpcChannel): void => {
    for (const key of keys) sendEnvelope(end, 'close', { key })
    keys.clear()
  }
  const stopAsking = onEnvelope(channel, (envelope) => {
    const { type, key } = envelope
    if (hasOwnBroker()) return
    if (type === 'look') sendEnvelope(channel, 'here', {})
    if (typeof key !== 'string') return
    if (type === 'hello') keys.add(key)
    else if (type === 'close') keys.delete(key)
    sendEnvelope(parent, type, envelope)
  })
  const stopAnswering = onEnvelope(
    parent,
    (envelope) => {
      const { type, key, path } = envelope
      if (type === 'here') sendEnvelope(channel, 'here', {})
      if (typeof key !== 'string' || !keys.has(key)) return
      // What follows goes over a socket, or nowhere.
      if (path !== undefined || type === 'refused' || type === 'close') keys.delete(key)
      sendEnvelope(channel, type, envelope)
    },
    () => closeAll(channel),
  )
  return () => {
    stopAsking()
    stopAnswering()
    closeAll(parent)
  }
}

/** A broker that the app has created in this process serves its threads itself. */
function hasOwnBroker(): boolean {
  const broker = processBroker()
  return broker !== undefined && broker.giveWay === undefined
}
