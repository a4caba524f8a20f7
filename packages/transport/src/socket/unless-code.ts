/** Runs `work`, and takes the system errors of these codes for an answer: `undefined`. */
export function unlessCode<Result>(codes: readonly string[], work: () => Result): Result | undefined {
  try {
    return work()
  } catch (error) {
    if (!codes.includes(codeOf(error))) throw error
    return undefined
  }
}

/** The system's word for what went wrong; empty when it was not the system. */
export function codeOf(error: unknown): string {
  return error instanceof Error && 'code' in error ? String(error.code) : ''
}
