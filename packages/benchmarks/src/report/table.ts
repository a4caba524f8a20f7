/** A table of plain text: the first column to the left, the others to the right, as wide as what stands in them. */
export function textTable(header: readonly string[], rows: readonly (readonly string[])[]): string {
  const widths = widthsOf([header, ...rows])
  const line = (cells: readonly string[]): string => `  ${padded(cells, widths).join('  ')}`.trimEnd()
  return [line(header), line(widths.map((width) => '─'.repeat(width))), ...rows.map(line)].join('\n')
}

/** The same as a table of Markdown. */
export function markdownTable(header: readonly string[], rows: readonly (readonly string[])[]): string {
  const widths = widthsOf([header, ...rows]).map((width) => Math.max(3, width))
  const line = (cells: readonly string[]): string => `| ${padded(cells, widths).join(' | ')} |`
  const rule = widths.map((width, column) => (column === 0 ? '-'.repeat(width) : `${'-'.repeat(width - 1)}:`))
  return [line(header), line(rule), ...rows.map(line)].join('\n')
}

function widthsOf(lines: readonly (readonly string[])[]): number[] {
  const columns = Math.max(...lines.map(({ length }) => length))
  return Array.from({ length: columns }, (_, column) => Math.max(...lines.map((cells) => cells[column]?.length ?? 0)))
}

function padded(cells: readonly string[], widths: readonly number[]): string[] {
  return widths.map((width, column) => {
    const cell = cells[column] ?? ''
    return column === 0 ? cell.padEnd(width) : cell.padStart(width)
  })
}
