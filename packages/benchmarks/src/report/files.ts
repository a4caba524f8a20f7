import { mkdir, readFile, writeFile } from 'node:fs/promises'
import { chart } from './chart.ts'
import { withFigures } from './readme.ts'
import type { Results } from './results.ts'

// From src/report and from dist/report alike.
const folder = new URL('../../results/', import.meta.url)
const readme = new URL('../../../../README.md', import.meta.url)

/** Writes results, chart and the figures in the README anew. Returns the names of what was written. */
export async function writeFiles(measured: Results): Promise<string[]> {
  const results = rounded(measured)
  await mkdir(folder, { recursive: true })
  await writeFile(new URL('results.json', folder), `${JSON.stringify(results, undefined, 2)}\n`)
  await writeFile(new URL('chart.svg', folder), chart(results))
  const before = await readFile(readme, 'utf8')
  const after = withFigures(before, results)
  if (after !== before) await writeFile(readme, after)
  return ['results.json', 'chart.svg', ...(after === before ? [] : ['README.md'])]
}

/** With six digits that count: more than was measured, and what is written is what is shown. */
function rounded(results: Results): Results {
  return JSON.parse(
    JSON.stringify(results, (_, value: unknown) => (typeof value === 'number' ? Number(value.toPrecision(6)) : value)),
  ) as Results
}
