import type { FetchOptions, SetOptions } from './cache.ts'
import {
  assertFunction,
  assertOptions,
  assertSignal,
  assertTimeout,
  assertTtl,
  badArgument,
  shown,
} from './check-arguments.ts'
import { assertKey, assertText, type Key } from './keys.ts'
import type { InvalidateOptions } from '@clusterbus/client'

const tagsMax = 256

export function assertFetch(key: unknown, loader: unknown, options: FetchOptions<never>, call: string): void {
  assertKey(key, call)
  assertFunction(loader, 'loader', call)
  assertOptions(options, call, ['tags', 'ttl', 'signal'])
  if (options.tags !== undefined && typeof options.tags !== 'function') assertTags(options.tags, call)
  assertTtl(options.ttl, 'ttl', call)
  assertSignal(options.signal, call)
}

export function assertSet(key: unknown, value: unknown, options: SetOptions, call: string): void {
  assertKey(key, call)
  if (typeof value === 'object' && value !== null && 'then' in value && typeof value.then === 'function') {
    throw badArgument('value', `${call}: the value must not be a promise; await it first, or use fetch`)
  }
  assertOptions(options, call, ['tags', 'ttl'])
  if (options.tags !== undefined) assertTags(options.tags, call)
  assertTtl(options.ttl, 'ttl', call)
}

export function assertInvalidate(options: InvalidateOptions, call: string): void {
  assertOptions(options, call, ['timeout', 'signal'])
  assertTimeout(options.timeout, call)
  assertSignal(options.signal, call)
}

export function assertTags(tags: unknown, call: string): asserts tags is readonly string[] {
  assertTexts(tags, 'tag', 'tags', call)
  if (tags.length <= tagsMax) return
  throw badArgument('tags', `${call}: an entry has at most ${tagsMax} tags, not ${tags.length}`)
}

/** How messages name a call about one key. */
export function callOf(verb: string, key: Key): string {
  return `${verb}(${shown(key)})`
}

export function assertTexts(
  texts: unknown,
  one: string,
  all: string,
  call: string,
): asserts texts is readonly string[] {
  if (!Array.isArray(texts)) throw badArgument(all, `${call}: ${all} must be an array of strings, not ${shown(texts)}`)
  for (const text of texts) assertText(text, one, call)
}
