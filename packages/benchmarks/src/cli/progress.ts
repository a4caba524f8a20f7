/** Says on a stream what is going on: one line that is written over again on a terminal, else one for each scenario. */
export class Progress {
  readonly #stream: NodeJS.WriteStream
  readonly #total: number
  #started = 0
  #scenario = ''

  constructor(stream: NodeJS.WriteStream, total: number) {
    this.#stream = stream
    this.#total = total
  }

  /** Something that stays to be read. */
  say(line: string): void {
    this.end()
    this.#stream.write(`${line}\n`)
  }

  /** The next scenario begins. */
  scenario(name: string): void {
    this.#started += 1
    this.#scenario = `${this.#started}/${this.#total} ${name}`
    if (!this.#stream.isTTY) this.#stream.write(`${this.#scenario} (${elapsed()})\n`)
  }

  /** A peer is about to be measured. */
  round(peer: string, round: number, rounds: number): void {
    const what = round === 0 ? 'warm-up' : `round ${round} of ${rounds}`
    this.#rewrite(`${this.#scenario} · ${peer} · ${what} · ${elapsed()}`)
  }

  /** Nothing is going on any more. */
  end(): void {
    this.#rewrite('')
  }

  #rewrite(line: string): void {
    if (!this.#stream.isTTY) return
    const clearToEnd = '\u001B[K'
    this.#stream.write(`\r${line.slice(0, (this.#stream.columns || 80) - 1)}${clearToEnd}`)
  }
}

/** Since this program was started. */
function elapsed(): string {
  const seconds = Math.round(performance.now() / 1000)
  return `${Math.floor(seconds / 60)}:${String(seconds % 60).padStart(2, '0')}`
}
