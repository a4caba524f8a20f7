import type { Interceptor } from '../../interceptors.ts'
import { badOption } from '../check-arguments.ts'

/** An interceptor of messages on their way out. */
export type PublishInterceptor = Interceptor & Required<Pick<Interceptor, 'publish'>>
/** An interceptor of messages that are handed over. */
export type DeliverInterceptor = Interceptor & Required<Pick<Interceptor, 'deliver'>>

/** The interceptors of one bus, the outermost first. What is on its way keeps those that it began with. */
export class Interceptors {
  #all: readonly { readonly interceptor: Interceptor }[] = []
  publish: readonly PublishInterceptor[] = []
  deliver: readonly DeliverInterceptor[] = []
  /** Whether one of `publish` is known to return a promise, whatever it is called for. */
  hasAsyncPublish = false

  /** Returns what takes it out again. Throws `BAD_OPTION`. */
  use(interceptor: Interceptor): () => void {
    assertInterceptor(interceptor)
    // The same may be used twice; each use is taken out by itself.
    const use = { interceptor }
    this.#change([...this.#all, use])
    return () => this.#change(this.#all.filter((other) => other !== use))
  }

  #change(all: readonly { readonly interceptor: Interceptor }[]): void {
    this.#all = all
    const interceptors = all.map(({ interceptor }) => interceptor)
    this.publish = interceptors.filter((each): each is PublishInterceptor => each.publish !== undefined)
    this.hasAsyncPublish = this.publish.some(isAsync)
    this.deliver = interceptors.filter((each): each is DeliverInterceptor => each.deliver !== undefined)
  }
}

/** Not of all functions that return promises can that be known: compilers for old engines make plain ones of them. */
function isAsync(interceptor: PublishInterceptor): boolean {
  return Object.prototype.toString.call(Reflect.get(interceptor, 'publish')) === '[object AsyncFunction]'
}

function assertInterceptor(given: unknown): void {
  if (typeof given !== 'object' || given === null) {
    throw badOption('interceptor', 'use: an interceptor is an object with publish, deliver, or both')
  }
  const { publish, deliver }: { publish?: unknown; deliver?: unknown } = given
  for (const [name, value] of Object.entries({ publish, deliver })) {
    if (value === undefined || typeof value === 'function') continue
    throw badOption('interceptor', `use: ${name} of an interceptor must be a function`)
  }
  if (publish !== undefined || deliver !== undefined) return
  throw badOption('interceptor', 'use: an interceptor has publish, deliver, or both; this one has neither')
}
