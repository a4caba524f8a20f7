import { spokenVersions } from '@clusterbus/protocol'
import type { Envelope } from '@clusterbus/transport'
import { TicketOffice } from '@clusterbus/transport/serving'
import { EventEmitter } from 'node:events'
import { expect, test } from 'vitest'
import type { Newcomer } from '../src/core/joined-buses.ts'
import { hostChannel } from '../src/node/channel-host.ts'

/** A channel by which a child says hello to a broker with that socket; who came in, and how that is to be admitted. */
function greet(socketPath: string | undefined, hello: object): Newcomer | undefined {
  const answers: Envelope[] = []
  const send = (message: Envelope): boolean => answers.push(message) > 0
  const channel = Object.assign(new EventEmitter(), { connected: true, send })
  const tickets = new TicketOffice<Newcomer>()
  let accepted: Newcomer | undefined
  const accept = (_: unknown, newcomer: Newcomer): void => void (accepted = newcomer)
  const reception = { tickets, socketPath: () => socketPath, accept, exited: () => undefined }
  const stop = hostChannel(channel, 7, 'cluster', reception)
  channel.emit('internalMessage', { cmd: 'NODE_CLUSTERBUS', type: 'hello', ...spokenVersions, key: 'k', ...hello })
  const [welcome] = answers
  const shown = { number: Number(welcome?.['ticket']), secret: Buffer.from(String(welcome?.['secret']), 'hex') }
  const admitted = socketPath === undefined ? accepted : tickets.redeem(shown)
  stop()
  return admitted
}

test('the end of a thread is certain to be heard of where its data goes over the socket', () => {
  expect(greet('/s', { thread: 3 })).toMatchObject({ kind: 'thread', pid: 7, thread: 3, closesAtEnd: true })
  const overChannel = greet(undefined, { thread: 3 })
  expect(overChannel).toMatchObject({ kind: 'thread', pid: 7, thread: 3 })
  expect(overChannel?.closesAtEnd).not.toBe(true)
})
