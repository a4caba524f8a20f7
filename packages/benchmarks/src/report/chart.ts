import { BarChart, CustomChart, type CustomSeriesOption, type BarSeriesOption } from 'echarts/charts'
import { GraphicComponent, GridComponent, TitleComponent } from 'echarts/components'
import { type ComposeOption, init, use } from 'echarts/core'
import { SVGRenderer } from 'echarts/renderers'
import type { Summary } from '../contest/summary.ts'
import { figureOf, type Results } from './results.ts'
import { inUnit } from './units.ts'

use([BarChart, CustomChart, GridComponent, GraphicComponent, TitleComponent, SVGRenderer])

type Option = ComposeOption<BarSeriesOption | CustomSeriesOption>

const width = 960
const rowHeight = 34
const top = 106
const bottom = 44
/** Where the two panels begin, and how wide they are. */
const panels = [
  { scenario: 'one-to-one', title: 'one to one', left: 236, width: 286 },
  { scenario: 'fan-out-3', title: 'fan-out to 3', left: 600, width: 286 },
] as const

const ink = '#1f2937'
const faint = '#64748b'
const plainBar = '#cbd5e1'
/** Ours stand out. */
const ourBars: Readonly<Record<string, string>> = { clusterbus: '#0d9488', 'clusterbus-msgpack': '#0f766e' }
/** Floors are no peers. */
const floors: ReadonlySet<string> = new Set(['raw-relay', 'codec-json', 'codec-msgpack', 'codec-msgpack-shapes'])
const fontFamily = "system-ui, -apple-system, 'Segoe UI', Roboto, 'DejaVu Sans', Helvetica, Arial, sans-serif"

/** Deliveries a second of everybody, one to one and to three, as an SVG that is readable on any background. */
export function chart(results: Results): string {
  const rows = rowsOf(results)
  const height = top + rows.length * rowHeight + bottom
  const drawing = init(null, null, { renderer: 'svg', ssr: true, width, height })
  drawing.setOption(optionOf(results, rows, height))
  const svg = drawing.renderToSVGString()
  drawing.dispose()
  // Not every renderer knows that attribute; this comes to the same.
  return `${svg.replaceAll('dominant-baseline="central"', 'dy="0.35em"')}\n`
}

interface Row {
  readonly name: string
  readonly title: string
  readonly values: readonly (Summary | undefined)[]
}

/** The fastest first. */
function rowsOf(results: Results): Row[] {
  const entrants = results.scenarios.find(({ name }) => name === panels[0].scenario)?.entrants ?? []
  return entrants
    .filter(({ name }) => !floors.has(name))
    .map(({ name, title }) => ({
      name,
      title,
      values: panels.map(({ scenario }) => figureOf(results, scenario, name, 'perSecond')),
    }))
    .toSorted((a, b) => (b.values[0]?.median ?? 0) - (a.values[0]?.median ?? 0))
}

function optionOf({ date, machine }: Results, rows: readonly Row[], height: number): Option {
  const text = (left: number, y: number, words: string, size: number, fill: string, weight = 400): object => ({
    type: 'text',
    left,
    top: y,
    style: { text: words, fill, font: `${weight} ${size}px ${fontFamily}` },
  })
  return {
    animation: false,
    textStyle: { fontFamily },
    graphic: [
      {
        type: 'rect',
        z: -10,
        shape: { x: 0.5, y: 0.5, width: width - 1, height: height - 1, r: 12 },
        style: { fill: '#ffffff', stroke: '#e2e8f0' },
      },
      text(28, 24, 'Deliveries a second', 20, ink, 600),
      text(
        28,
        51,
        '100-byte objects between processes of one machine; medians, and the spread of all rounds',
        13,
        faint,
      ),
      text(28, height - 32, `${machine.cpu}, ${machine.cores} cores, Node ${machine.node}, ${date}`, 11, faint),
      ...panels.map(({ title, left }) => text(left, top - 24, title, 14, ink, 600)),
    ],
    grid: panels.map((panel) => ({ left: panel.left, width: panel.width, top, height: rows.length * rowHeight })),
    xAxis: panels.map((_, gridIndex) => ({ type: 'value' as const, gridIndex, show: false, min: 0 })),
    yAxis: panels.map((_, gridIndex) => ({
      type: 'category' as const,
      gridIndex,
      inverse: true,
      data: rows.map(({ title }) => title),
      axisTick: { show: false },
      axisLine: { lineStyle: { color: '#e2e8f0' } },
      axisLabel: {
        show: gridIndex === 0,
        fontSize: 13,
        margin: 12,
        formatter: (title: string, index: number) => (isOurs(rows[index]) ? `{ours|${title}}` : title),
        color: ink,
        rich: { ours: { fontWeight: 600, fontSize: 13, color: ink } },
      },
    })),
    series: panels.flatMap((_, panel) => [bars(rows, panel), spreads(rows, panel)]),
  }
}

function bars(rows: readonly Row[], panel: number): BarSeriesOption {
  return {
    type: 'bar',
    xAxisIndex: panel,
    yAxisIndex: panel,
    barWidth: 18,
    data: rows.map(({ name, values }) => ({
      value: values[panel]?.median ?? 0,
      itemStyle: { color: ourBars[name] ?? plainBar, borderRadius: [0, 4, 4, 0] },
    })),
  }
}

/** A fine line from the least to the most, and behind it the median in words. */
function spreads(rows: readonly Row[], panel: number): CustomSeriesOption {
  return {
    type: 'custom',
    xAxisIndex: panel,
    yAxisIndex: panel,
    z: 5,
    encode: { x: [1, 2], y: 0 },
    data: rows.flatMap(({ values }, index) => {
      const value = values[panel]
      return value === undefined ? [] : [[index, value.min, value.max, value.median]]
    }),
    renderItem: (_, api) => {
      const [row, min, max, median] = [0, 1, 2, 3].map((dimension) => Number(api.value(dimension)))
      const [x1 = 0, y = 0] = api.coord([min ?? 0, row ?? 0])
      const [x2 = 0] = api.coord([max ?? 0, row ?? 0])
      const ours = isOurs(rows[row ?? 0])
      const label = { text: inUnit(median ?? 0, 'perSecond'), x: x2 + 8, y, verticalAlign: 'middle' as const }
      const font = `${ours ? 600 : 400} 13px ${fontFamily}`
      return {
        type: 'group',
        children: [
          {
            type: 'line',
            shape: { x1, y1: y, x2, y2: y },
            style: { stroke: ours ? '#134e4a' : '#94a3b8', lineWidth: 1.5 },
          },
          { type: 'text', style: { ...label, fill: ink, font } },
        ],
      }
    },
  }
}

function isOurs(row: Row | undefined): boolean {
  return row !== undefined && row.name in ourBars
}
