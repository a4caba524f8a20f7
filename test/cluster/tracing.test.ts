import { createBroker } from '@clusterbus/broker'
import { type Bus, createBus } from '@clusterbus/client'
import { tracing } from '@clusterbus/opentelemetry'
import { trace } from '@opentelemetry/api'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { recordSpans, type SeenSpan } from './fixtures/support/spans.ts'
import type { TracesMessages } from './fixtures/traces-messages.ts'
import { endWorkers, forkWorker, type TestWorker } from './support/workers.ts'

const broker = createBroker()
const bus: Bus = createBus()
const spans = recordSpans()
let worker: TestWorker<TracesMessages>

beforeAll(async () => {
  bus.use(tracing())
  worker = forkWorker<TracesMessages>('traces-messages')
  await worker.call('take')
})

afterAll(async () => {
  await bus.close()
  await broker.close()
  await spans.stop()
  await endWorkers()
})

/** Does something inside a span, and returns all spans of both processes that belong to its trace. */
async function traced(work: () => Promise<unknown>): Promise<SeenSpan[]> {
  const tracer = trace.getTracer('test')
  const traceId = await tracer.startActiveSpan('root', async (root) => {
    await work()
    root.end()
    return root.spanContext().traceId
  })
  return [...spans.ended(), ...(await worker.call('spans'))].filter((span) => span.traceId === traceId)
}

/** Each span below its parent: `root > publish user.login > …`. */
function paths(all: readonly SeenSpan[]): string[] {
  const pathOf = ({ name, parentId }: SeenSpan): string => {
    const parent = all.find(({ spanId }) => spanId === parentId)
    return parent === undefined ? name : `${pathOf(parent)} > ${name}`
  }
  return all.map(pathOf).toSorted()
}

function named(all: readonly SeenSpan[], name: string): SeenSpan | undefined {
  return all.find((span) => span.name === name)
}

test('a message that makes a handler of another process publish is one trace, over every await', async () => {
  const all = await traced(async () => {
    const audited = bus.once('audit')
    await bus.publish('user.login', 7, { confirm: 'handled' })
    expect((await audited).headers['traceparent']).toMatch(/^00-[\da-f]{32}-[\da-f]{16}-01$/)
  })
  expect(paths(all)).toEqual([
    'root',
    'root > publish user.login',
    'root > publish user.login > process user.*',
    'root > publish user.login > process user.* > publish audit',
    'root > publish user.login > process user.* > publish audit > process audit',
  ])
  expect(named(all, 'publish user.login')).toMatchObject({
    kind: 'PRODUCER',
    attributes: {
      'messaging.system': 'clusterbus',
      'messaging.operation.name': 'publish',
      'messaging.operation.type': 'send',
      'messaging.destination.name': 'user.login',
    },
  })
  expect(named(all, 'process user.*')).toMatchObject({
    kind: 'CONSUMER',
    attributes: {
      'messaging.operation.name': 'process',
      'messaging.operation.type': 'process',
      'messaging.destination.name': 'user.login',
      'messaging.destination.template': 'user.*',
    },
  })
})

test('a request is a span of its client, and its answer one of the server', async () => {
  const all = await traced(async () => expect(await bus.request('half', 8)).toBe(4))
  expect(paths(all)).toEqual(['root', 'root > request half', 'root > request half > respond half'])
  expect(named(all, 'request half')).toMatchObject({ kind: 'CLIENT', failure: null })
  expect(named(all, 'respond half')).toMatchObject({ kind: 'SERVER', failure: null })
})

test('what fails is a failure of its spans', async () => {
  const all = await traced(() => expect(bus.request('half', 5)).rejects.toThrow('odd'))
  expect(named(all, 'respond half')).toMatchObject({ failure: 'odd', attributes: { 'error.type': 'E_ODD' } })
  expect(named(all, 'request half')).toMatchObject({
    failure: expect.stringContaining('RangeError: odd'),
    attributes: { 'error.type': 'REMOTE_ERROR' },
  })
})

test('a publish that throws is a failure of its span', async () => {
  const all = await traced(async () => expect(() => bus.publish('user.login', 5n)).toThrow('cannot be encoded'))
  expect(named(all, 'publish user.login')).toMatchObject({ attributes: { 'error.type': 'UNENCODABLE' } })
})

test('what was read by an iterator goes on in the context of its message', async () => {
  const all = await traced(async () => {
    const forwarded = bus.once('forwarded')
    bus.publish('stream')
    await forwarded
  })
  expect(paths(all)).toEqual([
    'root',
    'root > publish stream',
    'root > publish stream > publish forwarded',
    'root > publish stream > publish forwarded > process forwarded',
    'root > publish stream > receive stream',
  ])
})

test('a header that was forwarded gives way to the span of who forwards it', async () => {
  const traceparent = '00-aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa-bbbbbbbbbbbbbbbb-01'
  const all = await traced(() => bus.publish('user.login', 1, { confirm: 'handled', headers: { traceparent } }))
  expect(paths(all)).toContain('root > publish user.login > process user.*')
})
