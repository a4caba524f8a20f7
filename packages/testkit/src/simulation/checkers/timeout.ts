/** Sums of virtual milliseconds are not exact. */
const slackMs = 1e-6

/** Whether it had waited for as long as it was to wait. */
export function hasTimedOut(
  { at, timeoutMs }: { readonly at: number; readonly timeoutMs: number },
  endedAt: number,
): boolean {
  return endedAt - at >= timeoutMs - slackMs
}
