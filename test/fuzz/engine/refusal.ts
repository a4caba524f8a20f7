import assert from 'node:assert/strict'

/** What JavaScript says when a program slipped, and no code of ours says on purpose. */
const slips =
  /Cannot (read|set|convert|access|destructure|mix)|is not (a function|iterable|defined|a constructor)|Maximum call stack|Invalid (array|string|typed array) length|heap|allocation failed/

/** The class of an error: its message without what somebody sent and without numbers. */
export function refusalOf(error: unknown): string {
  assert.ok(error instanceof Error, `something was thrown that is no Error: ${String(error)}`)
  assert.doesNotMatch(error.message, slips)
  const code: unknown = Reflect.get(error, 'code')
  const said = error.message
    // V8 quotes what it stumbled over, and quotes nothing in it.
    .replace(/(Unexpected token).*/s, '$1 …')
    .replace(/"(?:[^"\\]|\\.)*"?/gs, '"…"')
    .replace(/'[^']*'/gs, "'…'")
    .replace(/\/.*\//gs, '/…/')
    .replace(/0x[0-9a-f]+|-?\d+/g, 'N')
  assert.doesNotMatch(said, /undefined|NaN|\[object/)
  return `${typeof code === 'string' ? code : error.name}: ${said.slice(0, 160)}`
}
