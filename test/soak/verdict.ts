/** What the broker's process holds at one moment, after its garbage was collected. */
export interface Sample {
  readonly heapBytes: number
  readonly residentBytes: number
  readonly descriptors: number
  readonly timers: number
}

/** What one figure has come to between the first and the last third of the samples, by their medians. */
export interface Trend {
  readonly figure: keyof Sample
  readonly first: number
  readonly last: number
  readonly isFlat: boolean
}

/** How much more the last third may hold: what is left to chance, and a share. */
const slack: Readonly<Record<keyof Sample, { readonly amount: number; readonly share: number }>> = {
  // Tables fill and are cleared again: that much up and down is no growth.
  heapBytes: { amount: 2 * 1024 * 1024, share: 0.05 },
  residentBytes: { amount: 8 * 1024 * 1024, share: 0.1 },
  // Members come and go while it is looked.
  descriptors: { amount: 8, share: 0 },
  timers: { amount: 8, share: 0 },
}

/** Needs nine samples. What only came once, a burst or a cache that was filled, moves no median. */
export function trends(samples: readonly Sample[]): Trend[] {
  const third = Math.floor(samples.length / 3)
  if (third < 3) throw new RangeError(`${samples.length} samples are too few to tell a trend`)
  const figures = Object.keys(slack) as (keyof Sample)[]
  return figures.map((figure) => {
    const first = median(samples.slice(0, third).map((sample) => sample[figure]))
    const last = median(samples.slice(-third).map((sample) => sample[figure]))
    const { amount, share } = slack[figure]
    return { figure, first, last, isFlat: last - first <= Math.max(amount, share * first) }
  })
}

function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b)
  return sorted[sorted.length >> 1] ?? Number.NaN
}
