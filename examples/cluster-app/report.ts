const coloured = process.stdout.isTTY && !process.env['NO_COLOR']

/** Begins a part of the story. */
export function section(title: string): void {
  console.log(`\n${bold(title)}`)
}

/** One thing that happened. */
export function line(label: string, text: string): void {
  console.log(`  ${dim(label.padEnd(11))}${text}`)
}

export function success(text: string): void {
  console.log(`\n${green('✓')} ${text}`)
}

export function failure(error: unknown): void {
  console.error(`\n${red('✗')} ${error instanceof Error ? error.message : String(error)}`)
}

/** `a, b and c` */
export function list(words: readonly string[]): string {
  return new Intl.ListFormat('en-GB').format(words)
}

/** A whole number that can be read: `1,234,567`. */
export function count(value: number): string {
  return Math.round(value).toLocaleString('en')
}

const bold = ansi(1, 22)
const dim = ansi(2, 22)
const red = ansi(31, 39)
const green = ansi(32, 39)

function ansi(on: number, off: number): (text: string) => string {
  return (text) => (coloured ? `\u001B[${on}m${text}\u001B[${off}m` : text)
}
