import { connect } from 'node:net'

/** Whether the socket at `path` is one that its owner has left behind. */
export function nobodyListens(path: string): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(path)
    socket.on('connect', () => {
      socket.destroy()
      resolve(false)
    })
    // Only this answer says that the socket's owner is gone; a busy one answers otherwise.
    socket.on('error', (error) => resolve('code' in error && error.code === 'ECONNREFUSED'))
  })
}
