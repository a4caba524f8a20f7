import { expect, test } from 'vitest'
import { markdownTable, textTable } from '../../src/report/table.ts'

test('columns are as wide as what stands in them', () => {
  expect(textTable(['peer', 'rate'], [['NATS', '415 k']])).toBe(
    ['  peer   rate', '  ────  ─────', '  NATS  415 k'].join('\n'),
  )
})

test('a Markdown table is aligned as the formatter wants it', () => {
  expect(markdownTable(['peer', 'rate'], [['NATS', '415 k']])).toBe(
    ['| peer |  rate |', '| ---- | ----: |', '| NATS | 415 k |'].join('\n'),
  )
})
