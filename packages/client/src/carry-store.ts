import type { Message } from './bus.ts'
import { assertOptions, badOption } from './core/check-arguments.ts'
import type { Interceptor } from './interceptors.ts'

/** As much of an `AsyncLocalStorage` as it takes to carry what it holds. */
export interface StoreHolder<Store> {
  getStore(): Store | undefined
  run<Result>(store: Store | undefined, callback: () => Result): Result
}

/** How a store is carried. */
export interface CarryStoreOptions<Store> {
  /** The `AsyncLocalStorage`. */
  readonly storage: StoreHolder<Store>
  /** The header that it is carried in. */
  readonly header: string
  /** The text of the header, for what the publisher's store is; `undefined` to leave it out. What it throws, the publisher gets. */
  readonly serialize: (store: Store) => string | undefined
  /** The store, for a text that came; `undefined` for none. What it throws is a failure of the handler. */
  readonly parse: (text: string) => Store | undefined
}

/** Carries a store with each message, and holds it while the message is handled. */
export interface StoreCarrier extends Required<Interceptor> {
  /** Runs `callback` with the store that the message has brought: for messages that were read by an iterator. */
  run<Result>(message: Message, callback: () => Result): Result
}

/**
 * An interceptor that carries what an `AsyncLocalStorage` holds from the publisher or requester to handlers and
 * responders, in a header, and over every `await` in them. A header of that name that the publisher has given is left as it
 * is. Where a message has none there is no store either, and not that of whoever happens to run.
 *
 * ```ts
 * const carrier = carryStore({ storage, header: 'tenant', serialize: ({ id }) => id, parse: (id) => ({ id }) })
 * bus.use(carrier)
 * ```
 *
 * Throws `BAD_OPTION`.
 */
export function carryStore<Store>(options: CarryStoreOptions<Store>): StoreCarrier {
  assertOptions(options, 'carryStore', ['storage', 'header', 'serialize', 'parse'])
  const { storage, header, serialize, parse } = options
  if (typeof header !== 'string' || header === '') throw badOption('header', 'carryStore: header must be a name')
  if (typeof storage?.run !== 'function') throw badOption('storage', 'carryStore: storage must be an AsyncLocalStorage')
  for (const [option, given] of Object.entries({ serialize, parse })) {
    if (typeof given !== 'function') throw badOption(option, `carryStore: ${option} must be a function`)
  }
  const run = <Result>({ headers }: Pick<Message, 'headers'>, callback: () => Result): Result => {
    const text = headers[header]
    return storage.run(text === undefined ? undefined : parse(text), callback)
  }
  return {
    publish: (message, next) => {
      const store = storage.getStore()
      // What its publisher has said counts for more.
      if (store === undefined || Object.hasOwn(message.headers, header)) return next()
      const text = serialize(store)
      return text === undefined ? next() : next({ ...message, headers: { ...message.headers, [header]: text } })
    },
    // What reads an iterator runs in a context of its own, which nothing here could change.
    deliver: (message, next, { kind }) => (kind === 'iterator' ? next() : run(message, next)),
    run,
  }
}
