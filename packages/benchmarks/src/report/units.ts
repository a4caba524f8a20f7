/** What a figure is counted in. */
export type Unit = 'perSecond' | 'cpuSeconds' | 'ns' | 'ms' | 'bytes' | 'percent' | 'times'

/** A figure as people read it, with three digits or so. */
export function inUnit(value: number, unit: Unit): string {
  switch (unit) {
    case 'perSecond':
      return scaled(value, 1_000, ['', ' k', ' M'])
    case 'ns':
      return scaled(value, 1_000, [' ns', ' µs', ' ms', ' s'])
    case 'bytes':
      return scaled(value, 1_000, [' B', ' KB', ' MB', ' GB'])
    case 'ms':
      return `${digits(value)} ms`
    case 'cpuSeconds':
      return value.toFixed(2)
    case 'percent':
      return `${value.toFixed(0)} %`
    case 'times':
      return `${value.toFixed(2)}x`
  }
}

function scaled(value: number, step: number, suffixes: readonly string[]): string {
  let rest = value
  let suffix = 0
  while (Math.abs(rest) >= step && suffix < suffixes.length - 1) {
    rest /= step
    suffix += 1
  }
  return digits(rest) + (suffixes[suffix] ?? '')
}

/** Three digits that count. */
function digits(value: number): string {
  const size = Math.abs(value)
  return value.toFixed(size >= 100 || size === 0 ? 0 : size >= 10 ? 1 : 2)
}
