/** In so many steps a time is waited for, or more. */
const stepsMin = 8
/** Longest step, in milliseconds. */
const stepMsMax = 500

/**
 * Calls `over` when `ms` have passed in which this process could have heard something: one that was stopped or blocked
 * itself has not waited. Calls `meanwhile` at each step before. Returns a function that ends this. It keeps nothing running.
 */
export function waitPatiently(ms: number, meanwhile: () => void, over: () => void): () => void {
  const steps = Math.max(stepsMin, Math.ceil(ms / stepMsMax))
  let taken = 0
  const timer = setInterval(
    () => {
      taken += 1
      if (taken < steps) return meanwhile()
      clearInterval(timer)
      over()
    },
    Math.max(1, ms / steps),
  ).unref()
  return () => clearInterval(timer)
}
