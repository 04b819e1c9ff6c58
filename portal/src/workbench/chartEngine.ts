import { BarChart, LineChart, PieChart, ScatterChart } from 'echarts/charts'
import { GridComponent, LegendComponent, TooltipComponent } from 'echarts/components'
import { init, use, type ECharts, type EChartsCoreOption } from 'echarts/core'
import { CanvasRenderer } from 'echarts/renderers'
import type { Answer, Chart } from '@/api/workbench'
import { token } from '@/map/layerPaint'
import { numberIn } from './answerShape'

use([BarChart, LineChart, PieChart, ScatterChart, GridComponent, LegendComponent, TooltipComponent, CanvasRenderer])

/** More would be a blob; the table has them all. */
export const mostPoints = 2000

export interface Drawn {
  put: (answer: Answer, chart: Chart) => void
  close: () => void
}

/** A chart in an element of the page, in the colours of the theme, as wide as there is room. */
export function drawn(host: HTMLElement): Drawn {
  const engine: ECharts = init(host)
  const sized = new ResizeObserver(() => engine.resize())
  sized.observe(host)
  return {
    put: (answer, chart) => engine.setOption(optionOf(answer, chart), true),
    close: () => {
      sized.disconnect()
      engine.dispose()
    },
  }
}

function optionOf(answer: Answer, chart: Chart): EChartsCoreOption {
  const rows = answer.items.slice(0, mostPoints)
  const x = rows.map((row) => String(row[chart.x] ?? '—'))
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
    xAxis: { ...axisLook(), ...(scattered ? { type: 'value', scale: true, name: chart.x, nameLocation: 'middle', nameGap: 28 } : { type: 'category', data: x }) },
    yAxis: { ...axisLook(), type: 'value', scale: scattered },
    series: chart.y.map((name) => ({
      type: chart.mark ?? 'bar',
      name,
      barMaxWidth: 40,
      symbolSize: scattered ? 7 : 5,
      data: rows.map((row) => (scattered ? [numberIn(row[chart.x]), numberIn(row[name])] : (numberIn(row[name]) ?? null))),
    })),
  }
}

const slices = (rows: Answer['items'], x: string[], chart: Chart) => rows.map((row, place) => ({ name: x[place], value: numberIn(row[chart.y[0] ?? '']) ?? 0 }))

const axisLook = () => ({
  axisLine: { lineStyle: { color: token('--border') } },
  axisTick: { show: false },
  axisLabel: { color: token('--text-2') },
  nameTextStyle: { color: token('--text-2') },
  splitLine: { lineStyle: { color: token('--hairline') } },
})
