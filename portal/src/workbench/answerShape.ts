import type { LineString, MultiLineString, MultiPolygon, Point, Polygon } from 'geojson'
import type { Answer, Chart, Table, TableColumn } from '@/api/workbench'

export type Cell = unknown
export interface Row {
  id: string
  cells: Record<string, Cell>
}

const numeric = /^(u?int|float|double|decimal|half)/
const temporal = /^(date|time)/
const longitude = /^(lon|lng|longitude|x|经度)$/i
const latitude = /^(lat|latitude|y|纬度)$/i
const wkt = /^\s*(?:SRID=\d+;)?\s*(POINT|LINESTRING|POLYGON|MULTILINESTRING|MULTIPOLYGON)\s*Z?\s*(\(.*\))\s*$/is
const kinds = { POINT: 'Point', LINESTRING: 'LineString', POLYGON: 'Polygon', MULTILINESTRING: 'MultiLineString', MULTIPOLYGON: 'MultiPolygon' } as const

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

/** The units of those columns of an answer that a dataset it was made from has by the same name: in other words they are counted anew. */
export function unitsOf(answer: Answer, tables: readonly Table[]): Record<string, string> {
  const origins = new Set(answer.origins.map((one) => one.dataset))
  const known = tables.filter((table) => origins.has(table.name)).flatMap((table) => table.columns)
  const shown = new Set(answer.columns.filter((column) => isNumeric(column.type)).map((column) => column.name))
  return Object.fromEntries(known.flatMap(({ name, unit }) => (unit && shown.has(name) ? [[name, unit]] : [])))
}

/** The rows that a bar, point or slice stands for, by the place of one of them: a point of a cloud for itself alone. */
export const rowsBehind = (rows: readonly Row[], chart: Chart, place: number): Row[] =>
  chart.mark === 'scatter' ? rows.slice(place, place + 1) : rows.filter((row) => saidIn(row.cells, chart.x) === saidIn(rows[place]!.cells, chart.x))
/** What an axis says of a row. */
export const saidIn = (cells: Row['cells'], column: string): string => String(cells[column] ?? '') || '—'

export type Place = [number, number]
/** What lies on the map: a point, a line or an area. */
export type Shape = Point | LineString | Polygon | MultiLineString | MultiPolygon
type Placed = (row: Row) => Shape | undefined

/** How the rows lie on a map: by two columns of degrees, or by one that holds WKT or GeoJSON. */
export function placeOf(answer: Answer, known: readonly TableColumn[]): Placed | undefined {
  const semantic = new Map(known.map((column) => [column.name, column.semantic]))
  const named = (meaning: string, words: RegExp) =>
    answer.columns.find(({ name }) => semantic.get(name) === meaning)?.name ?? answer.columns.find(({ name }) => words.test(name))?.name
  const shaped = answer.columns.find(({ name }) => answer.items.some((row) => shapeIn(row[name]) !== undefined))
  if (shaped) return ({ cells }) => shapeIn(cells[shaped.name])
  const east = named('longitude', longitude)
  const north = named('latitude', latitude)
  return east && north ? ({ cells }) => pointAt(numberIn(cells[east]), numberIn(cells[north])) : undefined
}

/** Every position of a shape. */
export const positionsOf = ({ coordinates }: Shape): Place[] => {
  const flat = (coordinates as unknown[]).flat(Infinity) as number[]
  return Array.from({ length: flat.length / 2 }, (_, at) => [flat[2 * at]!, flat[2 * at + 1]!])
}

function shapeIn(value: Cell): Shape | undefined {
  if (typeof value !== 'string') return undefined
  const found = wkt.exec(value)
  const shape = found ? ofWkt(found[1]!, found[2]!) : value.includes('"coordinates"') ? parsed(value) : undefined
  if (!shape || !Object.values<string>(kinds).includes(shape.type) || !Array.isArray(shape.coordinates)) return undefined
  const made = { type: shape.type, coordinates: flatten(shape.coordinates) } as Shape
  return positionsOf(made).every(onEarth) ? made : undefined
}

/** `LINESTRING (1 2, 3 4)`: positions become lists, brackets become those of JSON. */
function ofWkt(kind: string, brackets: string): Shape | undefined {
  const lists = brackets.replace(/-?[\d.]+(?:e[-+]?\d+)?(?:\s+-?[\d.]+(?:e[-+]?\d+)?)+/gi, (position) => `[${position.trim().split(/\s+/).join(',')}]`).replaceAll('(', '[').replaceAll(')', ']')
  const type = kinds[kind.toUpperCase() as keyof typeof kinds]
  const coordinates = parsed<unknown[]>(lists)
  return coordinates && ({ type, coordinates: type === 'Point' ? coordinates[0] : coordinates } as Shape)
}

function parsed<T = Shape>(text: string): T | undefined {
  try {
    return JSON.parse(text) as T
  } catch {
    return undefined
  }
}

/** Without heights. */
const flatten = (coordinates: unknown[]): unknown => (typeof coordinates[0] === 'number' ? coordinates.slice(0, 2) : coordinates.map((one) => flatten(one as unknown[])))
const onEarth = ([east, north]: Place): boolean => Number.isFinite(east) && Number.isFinite(north) && Math.abs(east) <= 180 && Math.abs(north) <= 90 && !(east === 0 && north === 0)
const pointAt = (east?: number, north?: number): Shape | undefined => (east !== undefined && north !== undefined && onEarth([east, north]) ? { type: 'Point', coordinates: [east, north] } : undefined)
