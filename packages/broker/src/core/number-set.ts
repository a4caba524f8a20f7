/** A set of small whole numbers, one bit each. */
export class NumberSet {
  #words = new Uint32Array(4)

  has(number: number): boolean {
    return ((this.#words[number >>> 5] ?? 0) & (1 << (number & 31))) !== 0
  }

  add(number: number): void {
    const index = number >>> 5
    if (index >= this.#words.length) {
      const grown = new Uint32Array(Math.max(index + 1, 2 * this.#words.length))
      grown.set(this.#words)
      this.#words = grown
    }
    this.#words[index] = (this.#words[index] ?? 0) | (1 << (number & 31))
  }

  delete(number: number): void {
    const index = number >>> 5
    if (index < this.#words.length) this.#words[index] = (this.#words[index] ?? 0) & ~(1 << (number & 31))
  }
}
