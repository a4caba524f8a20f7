import type { Bus } from '@clusterbus/client'
import type { Events } from './events.ts'
import type { Routes } from './http-server.ts'
import type { Profiles } from './profiles.ts'

/** What this app does over HTTP. */
export function createRoutes(bus: Bus<Events>, worker: string, profiles: Profiles): Routes {
  const logins: string[] = []
  bus.subscribe('user-login', ({ user }) => logins.push(user))

  return {
    'POST /login': (fields) => {
      const user = need(fields, 'user')
      bus.publish('user-login', { user, worker })
      return { user }
    },
    'GET /logins': () => logins,

    'GET /profile': (fields) => profiles.read(need(fields, 'id')),
    'PUT /profile': (fields) => profiles.write({ id: need(fields, 'id'), name: need(fields, 'name') }),

    'GET /config': (fields) => bus.request('config.get', { key: need(fields, 'key') }),

    'POST /jobs': (fields) => {
      const ids = need(fields, 'ids').split(',').map(Number)
      for (const id of ids) bus.publish('job', { id })
      return { accepted: ids.length }
    },
  }
}

function need(fields: URLSearchParams, name: string): string {
  const value = fields.get(name)
  if (value === null) throw new Error(`the field ${name} is missing`)
  return value
}
