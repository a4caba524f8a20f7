/** A cluster as tutorials build it: its processes talk by process.send, with commands of their own. */

import cluster from 'node:cluster'

type ToWorker = { cmd: 'sell'; item: string } | { cmd: 'price'; id: number; cents: number } | { cmd: 'stop' }
type ToPrimary = { cmd: 'status'; state: 'ready' | 'sold' } | { cmd: 'get-price'; id: number; item: string }

const prices = new Map([
  ['milk', 120],
  ['tea', 350],
])

if (cluster.isPrimary) runPrimary()
else await runWorker(cluster.worker?.id)

function runPrimary(): void {
  const workers = [...prices.keys()].map((item) => ({ item, worker: cluster.fork() }))
  const reports = { ready: 0, sold: 0 }

  for (const { worker } of workers) {
    worker.on('exit', (code) => (process.exitCode ||= code ?? 1))
    worker.on('message', (message: ToPrimary) => {
      switch (message.cmd) {
        case 'status':
          reports[message.state] += 1
          if (reports[message.state] < workers.length) break
          console.log(`primary: all workers are ${message.state === 'ready' ? 'ready' : 'done'}`)
          for (const each of workers) {
            each.worker.send(message.state === 'ready' ? { cmd: 'sell', item: each.item } : { cmd: 'stop' })
          }
          break
        case 'get-price':
          worker.send({ cmd: 'price', id: message.id, cents: prices.get(message.item) })
          break
        default:
          console.error('primary: unknown command', message)
          process.exitCode = 1
      }
    })
  }
}

async function runWorker(me = 0): Promise<void> {
  const waiting = new Map<number, (cents: number) => void>()

  process.on('message', async (message: ToWorker) => {
    switch (message.cmd) {
      case 'sell':
        console.log(`worker ${me}: sells ${message.item} for ${await askPrice(message.item)} cents`)
        send({ cmd: 'status', state: 'sold' })
        break
      case 'price':
        waiting.get(message.id)?.(message.cents)
        break
      case 'stop':
        process.disconnect()
        break
      default:
        console.error(`worker ${me}: unknown command`, message)
        process.exitCode = 1
    }
  })

  send({ cmd: 'status', state: 'ready' })

  function askPrice(item: string): Promise<number> {
    const id = waiting.size + 1
    send({ cmd: 'get-price', id, item })
    return new Promise((resolve) => waiting.set(id, resolve))
  }
}

function send(message: ToPrimary): void {
  process.send?.(message)
}
