/** The message that every peer carries: the fields of an everyday event, and a number to see loss and order by. */
export interface Sample {
  /** Counts up for each publisher, from 0 in each round. */
  readonly n: number
  readonly publisher: number
  readonly user: string
  readonly action: string
  /** When it was published: whole nanoseconds of the clock that all processes share. */
  readonly at: number
  readonly ok: boolean
  readonly items?: readonly SampleItem[]
}

interface SampleItem {
  readonly sku: string
  readonly count: number
  readonly cents: number
}

/** Makes samples of about `bytes` bytes of JSON each. */
export function sampleMaker(bytes: number, publisher: number): (n: number, at: number) => Sample {
  const action = 'user.login'
  const user = 'user-4711'
  const base = { n: 123_456, publisher, user, action, at: 123_456_789_012_345, ok: true }
  const room = bytes - JSON.stringify(base).length
  if (room < itemsBytesMin) return (n, at) => ({ n, publisher, user, action, at, ok: true })
  const items = itemsOf(room - ',"items":[]'.length)
  return (n, at) => ({ n, publisher, user, action, at, ok: true, items })
}

/** Less than that is not worth a list. */
const itemsBytesMin = 60

function itemsOf(bytes: number): SampleItem[] {
  const items: SampleItem[] = []
  for (let left = bytes; left > 0; left -= JSON.stringify(items.at(-1)).length + 1) {
    const n = items.length
    items.push({ sku: `sku-${10_000 + n}`, count: 1 + (n % 9), cents: 1_000 + ((n * 37) % 9_000) })
  }
  return items
}

export function isSample(data: unknown): data is Sample {
  return typeof data === 'object' && data !== null && 'n' in data && 'publisher' in data && 'at' in data
}
