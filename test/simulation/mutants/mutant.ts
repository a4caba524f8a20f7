/** A planted fault: a method of a core that does something else for a while. */
export interface Mutant {
  /** What is wrong, in words. */
  readonly fault: string
  /** The checker that has to notice. */
  readonly caughtBy: string
  /** A seed at which it does, to be tried first; for faults that the first few seeds do not show. */
  readonly shownBy?: number
  /** Plants the fault; returns how to take it out again. */
  plant(): () => void
}

/** Puts what `make` returns in place of a method, until the returned function is called. */
export function replace<Target extends object, Name extends keyof Target>(
  target: Target,
  name: Name,
  make: (original: Target[Name]) => Target[Name],
): () => void {
  const original = target[name]
  target[name] = make(original)
  return () => void (target[name] = original)
}

/** Puts another answer in place of a getter's, until the returned function is called. */
export function replaceGetter<Target extends object, Name extends keyof Target>(
  target: Target,
  name: Name,
  answer: () => Target[Name],
): () => void {
  const original = Object.getOwnPropertyDescriptor(target, name)
  if (original === undefined) throw new TypeError(`${String(name)} is no getter of its own`)
  Object.defineProperty(target, name, { configurable: true, get: answer })
  return () => void Object.defineProperty(target, name, original)
}

/** Where the whole frames in `bytes` start and end. */
export function framesOf(bytes: Buffer): { readonly start: number; readonly end: number }[] {
  const frames: { start: number; end: number }[] = []
  for (let start = 0; bytes.length - start >= 4;) {
    const end = start + bytes.readUInt32LE(start)
    if (end > bytes.length || end < start + 8) break
    frames.push({ start, end })
    start = end
  }
  return frames
}
