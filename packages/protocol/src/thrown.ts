/**
 * Name and message of whatever was thrown. Never throws itself: an object without prototype has no text, and a getter
 * or `toString` may do anything.
 */
export function describeThrown(thrown: unknown): { name: string; message: string } {
  try {
    if (thrown instanceof Error) return { name: String(thrown.name), message: String(thrown.message) }
    return { name: 'Error', message: String(thrown) }
  } catch {
    return { name: 'Error', message: `something that has no text (${typeof thrown})` }
  }
}
