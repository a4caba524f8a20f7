import { BaseSequencer, type TestSpecification } from 'vitest/node'

/**
 * Files and folders whose files take many seconds, the longest first. Without a former run Vitest goes by the size of files,
 * and these are among the smallest: what takes long began last, when nothing was left to run beside it.
 */
const long = [
  'test/examples/examples.',
  'test/chaos/chaos.',
  'test/simulation/mutants/',
  'test/examples/real-apps.',
  'packages/benchmarks/test/peers/peers.',
  'test/chaos/caches/chaos-caches.',
  'test/simulation/',
  'test/examples/',
  'test/runtimes/',
  'packages/benchmarks/test/bench.',
  'test/http/',
  'test/fuzz/',
  'test/paths/',
  'test/conformance/',
]

/** What takes long first, and last the many short files that share processes: they fill what is left at the end. */
export class LongestFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    return (await super.sort(files)).toSorted((a, b) => placeOf(a) - placeOf(b))
  }
}

function placeOf({ moduleId, project }: TestSpecification): number {
  const index = long.findIndex((path) => moduleId.replaceAll('\\', '/').includes(`/${path}`))
  if (index !== -1) return index
  return project.config.isolate ? long.length : long.length + 1
}
