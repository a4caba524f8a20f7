import { setTimeout as sleep } from 'node:timers/promises'

/** Looks again and again until it likes what it sees, because news takes a moment. Rejects with its last complaint. */
export async function eventually<Result>(look: () => Promise<Result>, timeoutMs = 20_000): Promise<Result> {
  const end = performance.now() + timeoutMs
  for (;;) {
    try {
      return await look()
    } catch (error) {
      if (performance.now() > end) throw error
      await sleep(5)
    }
  }
}
