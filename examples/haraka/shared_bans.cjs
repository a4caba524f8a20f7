// plugins/shared_bans: whoever keeps trying to relay mail through us is banned, by every worker at once. Alone, a worker
// knows only of what was tried with itself, and each of them has to find out anew.

const { createBroker } = require('@clusterbus/broker')
const { createBus } = require('@clusterbus/client')
const cluster = require('node:cluster')

const triesMax = 3
const banMs = 3_600_000
const triesOf = new Map()

if (cluster.isPrimary) createBroker()
const bus = createBus()

const tries = bus.subscribe('relay.tried', (ip) => {
  triesOf.set(ip, (triesOf.get(ip) ?? 0) + 1)
  setTimeout(() => triesOf.delete(ip), banMs).unref()
})

exports.hook_init_child = async function (next) {
  await tries.ready
  this.lognotice('hears of all tries')
  next()
}

exports.hook_connect = (next, { remote }) => {
  if ((triesOf.get(remote.ip) ?? 0) < triesMax) next()
  else next(DENYDISCONNECT, 'You have tried often enough')
}

// It stands last in config/plugins: a recipient whom no other has accepted comes this far, and is refused by Haraka.
exports.hook_rcpt = async (next, { remote, relaying }) => {
  const hasCounted = { confirm: 'handled' } // by every worker, before the answer goes out
  if (!relaying) await bus.publish('relay.tried', remote.ip, hasCounted).catch(() => undefined)
  next()
}
