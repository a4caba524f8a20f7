/** How long a case may take, in milliseconds, so that one that waits in vain says which it was. */
const caseTimeoutMs = 45_000

/** Resolves or rejects with `work`; rejects when that takes too long. */
export async function withinTime(work: Promise<unknown>, name: string): Promise<void> {
  let timer: NodeJS.Timeout | undefined
  const expired = new Promise((_, reject) => {
    timer = setTimeout(() => reject(new Error(`${name}: not done within ${caseTimeoutMs} ms`)), caseTimeoutMs)
  })
  try {
    await Promise.race([work, expired])
  } finally {
    clearTimeout(timer)
  }
}
