import { createServer, type IncomingMessage, type Server, STATUS_CODES } from 'node:http'
import { text } from 'node:stream/consumers'

/** Answers a request with what it returns, as JSON. `fields` come from the query, or from the form that was posted. */
export type Route = (fields: URLSearchParams) => unknown

/** Routes by method and path: `GET /profile`. */
export type Routes = Readonly<Record<string, Route>>

/** A server for JSON. Each answer says which worker gave it. */
export function createHttpServer(worker: string, routes: Routes): Server {
  return createServer(async (request, response) => {
    // One request a connection, so that the cluster hands each request to the next worker.
    response.setHeader('connection', 'close').setHeader('x-worker', worker)
    const [status, body] = await answer(routes, request)
    response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body))
  })
}

async function answer(routes: Routes, request: IncomingMessage): Promise<[status: number, body: unknown]> {
  const { pathname, searchParams } = new URL(request.url ?? '/', 'http://localhost')
  const route = routes[`${request.method} ${pathname}`]
  if (!route) return [404, { error: STATUS_CODES[404] }]
  try {
    const fields = request.method === 'GET' ? searchParams : new URLSearchParams(await text(request))
    return [200, await route(fields)]
  } catch (error) {
    return [500, { error: String(error) }]
  }
}
