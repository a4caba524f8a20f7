import { connect } from 'node:net'

/** The longest that a server may take to answer one client, in milliseconds. */
const answerMs = 1_000

/** Whether a server at `address`, a path or host and port, says `answer` when it is told `hello`. */
export function answers(address: string, { hello, answer }: { hello: string; answer: string }): Promise<boolean> {
  const [host, port] = address.split(':')
  const socket = connect(port === undefined ? { path: address } : { host: host ?? '', port: Number(port) })
  socket.setTimeout(answerMs)
  if (hello !== '') socket.write(hello)
  return new Promise((resolve) => {
    const settle = (answered: boolean): void => {
      resolve(answered)
      socket.destroy()
    }
    socket.once('data', (data) => settle(data.toString().startsWith(answer)))
    socket.once('error', () => settle(false))
    socket.once('timeout', () => settle(false))
    socket.once('close', () => settle(false))
  })
}
