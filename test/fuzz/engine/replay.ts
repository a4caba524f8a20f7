import { assertGlobalsClean } from './globals.ts'
import { copyOf, type Input } from './input.ts'
import { minimize } from './minimize.ts'
import { refusalOf } from './refusal.ts'
import type { Outcome, TargetMaker } from './target.ts'

/** Lets a new target take one input. Rejects when something does not hold that must. */
export async function replay(make: TargetMaker, input: Input): Promise<Outcome> {
  const target = make()
  const outcome = target.take(copyOf(input))
  assertGlobalsClean()
  await target.settle()
  return outcome
}

/** The smallest input found that fails as this one does; the input itself when it fails only behind others. */
export async function smallestFailure(make: TargetMaker, input: Input): Promise<Input> {
  const failure = await failureOf(make, input)
  if (failure === undefined) return input
  return minimize(input, async (candidate) => (await failureOf(make, candidate)) === failure)
}

/** The smallest input found that is refused as this one is. */
export function smallestRefusal(make: TargetMaker, input: Input, refusal: string): Promise<Input> {
  return minimize(
    input,
    async (candidate) => (await replay(make, candidate).catch(() => undefined))?.refusal === refusal,
  )
}

async function failureOf(make: TargetMaker, input: Input): Promise<string | undefined> {
  try {
    await replay(make, input)
    return undefined
  } catch (error) {
    return headline(error)
  }
}

/** What failed, without its particulars. */
export function headline(error: unknown): string {
  try {
    return refusalOf(error)
  } catch {
    return String(error).replace(/\d+/g, 'N').slice(0, 160)
  }
}
