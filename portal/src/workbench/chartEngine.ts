import { BarChart, LineChart, PieChart, ScatterChart } from 'echarts/charts'
import { GridComponent, LegendComponent, TooltipComponent } from 'echarts/components'
import { init, use, type ECharts, type EChartsCoreOption } from 'echarts/core'
import { CanvasRenderer } from 'echarts/renderers'
import type { Answer, Chart } from '@/api/workbench'
import { token } from '@/map/layerPaint'
import { numberIn, saidIn } from './answerShape'

use([BarChart, LineChart, PieChart, ScatterChart, GridComponent, LegendComponent, TooltipComponent, CanvasRenderer])

/** More would be a blob; the table has them all. */
export const mostPoints = 2000

export interface Drawn {
  put: (answer: Answer, chart: Chart, units: Record<string, string>) => void
  close: () => void
}

/** A chart in an element of the page, in the colours of the theme, as wide as there is room. `opened`: the row at this place was chosen. */
export function drawn(host: HTMLElement, opened: (place: number) => void): Drawn {
  const engine: ECharts = init(host)
  openable(engine, opened)
  const sized = new ResizeObserver(() => engine.resize())
  sized.observe(host)
  return {
    put: (answer, chart, units) => engine.setOption(optionOf(answer, chart, units), true),
    close: () => {
      sized.disconnect()
      engine.dispose()
    },
  }
}

/** A slice or a point of a cloud by itself; of bars and lines the whole height above the axis, as a finger is wider than they are. */
function openable(engine: ECharts, opened: (place: number) => void): void {
  const hasClasses = () => (engine.getOption() as { xAxis?: { type?: string }[] }).xAxis?.[0]?.type === 'category'
  const within = ({ offsetX, offsetY }: Pointed) => hasClasses() && engine.containPixel('grid', [offsetX, offsetY])
  engine.on('click', ({ dataIndex }) => hasClasses() || opened(dataIndex))
  engine.getZr().on('mousemove', (event: Pointed) => within(event) && engine.getZr().setCursorStyle('pointer'))
  engine.getZr().on('click', (event: Pointed) => {
    if (within(event)) opened(Number(engine.convertFromPixel({ xAxisIndex: 0 }, event.offsetX)))
  })
}

interface Pointed {
  offsetX: number
  offsetY: number
}

function optionOf(answer: Answer, chart: Chart, units: Record<string, string>): EChartsCoreOption {
  const rows = answer.items.slice(0, mostPoints)
  const x = rows.map((row) => saidIn(row, chart.x))
  const common = {
    animation: false,
    color: ['--accent', '--warn', '--good', '--bad', '--unknown'].map(token),
    textStyle: { color: token('--text'), fontFamily: 'inherit' },
    // The tooltip of HTML writes inline styles, which the node's policy does not allow.
    tooltip: { renderMode: 'richText', trigger: chart.mark === 'bar' || chart.mark === 'line' ? 'axis' : 'item', confine: true },
    legend: { show: chart.y.length > 1 || chart.mark === 'pie', top: 0, type: 'scroll', textStyle: { color: token('--text-2') } },
    aria: { enabled: false },
  }
  if (chart.mark === 'pie') return { ...common, series: [{ type: 'pie', radius: ['40%', '70%'], top: 32, label: { color: token('--text') }, data: slices(rows, x, chart) }] }
  const scattered = chart.mark === 'scatter'
  return {
    ...common,
    grid: { left: 12, right: 16, top: 40, bottom: 12, containLabel: true },
    xAxis: { ...axisLook(), ...(scattered ? { type: 'value', scale: true, name: [chart.x, unitOf([chart.x], units)].filter(Boolean).join(' / '), nameLocation: 'middle', nameGap: 28 } : { type: 'category', data: x }) },
    yAxis: { ...axisLook(), type: 'value', scale: scattered, name: unitOf(chart.y, units), nameTextStyle: { color: token('--text-2'), align: 'left' } },
    series: chart.y.map((name) => ({
      type: chart.mark ?? 'bar',
      name,
      barMaxWidth: 40,
      symbolSize: scattered ? 7 : 5,
      data: rows.map((row) => (scattered ? [numberIn(row[chart.x]), numberIn(row[name])] : (numberIn(row[name]) ?? null))),
    })),
  }
}

/** Of an axis: what all its figures are measured in. */
const unitOf = (figures: string[], units: Record<string, string>): string => {
  const found = new Set(figures.map((name) => units[name] ?? ''))
  return found.size === 1 ? [...found][0]! : ''
}

const slices = (rows: Answer['items'], x: string[], chart: Chart) => rows.map((row, place) => ({ name: x[place], value: numberIn(row[chart.y[0] ?? '']) ?? 0 }))

const axisLook = () => ({
  axisLine: { lineStyle: { color: token('--border') } },
  axisTick: { show: false },
  axisLabel: { color: token('--text-2') },
  nameTextStyle: { color: token('--text-2') },
  splitLine: { lineStyle: { color: token('--hairline') } },
})
