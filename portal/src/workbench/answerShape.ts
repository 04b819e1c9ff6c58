import type { Answer, Chart, TableColumn } from '@/api/workbench'

export type Cell = unknown
export interface Row {
  id: string
  cells: Record<string, Cell>
}

const numeric = /^(u?int|float|double|decimal|half)/
const temporal = /^(date|time)/
const longitude = /^(lon|lng|longitude|x|经度)$/i
const latitude = /^(lat|latitude|y|纬度)$/i
const point = /^\s*POINT\s*Z?\s*\(\s*(-?[\d.]+)\s+(-?[\d.]+)/i

export const isNumeric = (type: string): boolean => numeric.test(type)
export const rowsOf = (answer: Answer): Row[] => answer.items.map((cells, index) => ({ id: String(index), cells }))
export const numberIn = (value: Cell): number | undefined => {
  const found = typeof value === 'number' ? value : typeof value === 'string' && value.trim() ? Number(value) : Number.NaN
  return Number.isFinite(found) ? found : undefined
}

/** A chart to begin with: the first column against all figures. */
export function chartFor(answer: Answer): Chart {
  const figures = answer.columns.filter((column) => isNumeric(column.type)).map((column) => column.name)
  const axis = answer.columns.find((column) => !isNumeric(column.type)) ?? answer.columns[0]
  const y = figures.filter((name) => name !== axis?.name).slice(0, 3)
  if (!axis || !y.length) return { mark: null, x: '', y: [] }
  return { mark: temporal.test(axis.type) ? 'line' : 'bar', x: axis.name, y }
}

/** Whether a chart still fits an answer: its columns are there. */
export const fits = (chart: Chart, answer: Answer): boolean => {
  const names = new Set(answer.columns.map((column) => column.name))
  return chart.mark !== null && names.has(chart.x) && chart.y.length > 0 && chart.y.every((name) => names.has(name))
}

type Placed = (row: Row) => [number, number] | undefined

/** How the rows are placed on a map: by two columns of degrees, or by one that holds WKT or GeoJSON. */
export function placeOf(answer: Answer, known: readonly TableColumn[]): Placed | undefined {
  const semantic = new Map(known.map((column) => [column.name, column.semantic]))
  const named = (meaning: string, words: RegExp) =>
    answer.columns.find(({ name }) => semantic.get(name) === meaning)?.name ?? answer.columns.find(({ name }) => words.test(name))?.name
  const east = named('longitude', longitude)
  const north = named('latitude', latitude)
  if (east && north) return ({ cells }) => onEarth(numberIn(cells[east]), numberIn(cells[north]))
  const shape = answer.columns.find(({ name }) => answer.items.some((row) => typeof row[name] === 'string' && shapeIn(row[name]) !== undefined))
  return shape && (({ cells }) => shapeIn(cells[shape.name]))
}

function shapeIn(value: Cell): [number, number] | undefined {
  if (typeof value !== 'string') return undefined
  const found = point.exec(value)
  if (found) return onEarth(Number(found[1]), Number(found[2]))
  if (!value.includes('"coordinates"')) return undefined
  try {
    const { type, coordinates } = JSON.parse(value) as { type?: string; coordinates?: unknown }
    return type === 'Point' && Array.isArray(coordinates) ? onEarth(numberIn(coordinates[0]), numberIn(coordinates[1])) : undefined
  } catch {
    return undefined
  }
}

const onEarth = (east?: number, north?: number): [number, number] | undefined =>
  east === undefined || north === undefined || Math.abs(east) > 180 || Math.abs(north) > 90 || (east === 0 && north === 0) ? undefined : [east, north]
