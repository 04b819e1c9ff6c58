import type { ExpressionSpecification, LayerSpecification, SymbolLayerSpecification } from 'maplibre-gl'
import type { MapLayer } from '@/api/map'
import { regionName, type RegionNames } from './regionNames'

interface Ground {
  colour: string
  fill: number
  line: number
  dashed?: boolean
  namedFrom: number
}

/** What lies under everything else, from the lowest up: drawn quietly, in one tone each. */
const grounds: Record<string, Ground> = {
  WaterBody: { colour: '--water', fill: 1, line: 0, namedFrom: 11 },
  Grid: { colour: '--hairline', fill: 0, line: 0.6, namedFrom: 14.5 },
  AdministrativeArea: { colour: '--boundary', fill: 0, line: 0.9, dashed: true, namedFrom: 8 },
  RoadSegment: { colour: '--road', fill: 0, line: 0, namedFrom: 15 },
}
const groundOrder = Object.keys(grounds)
const colours = 8
const thing: Ground = { colour: '', fill: 0.14, line: 1, namedFrom: 12 }
const font = ['Inter Variable', 'Noto Sans CJK SC', 'PingFang SC', 'Microsoft YaHei']
const name: ExpressionSpecification = ['coalesce', ['get', 'name'], '']

/** Of the parts that a city is divided into. */
export const regionType = 'AdministrativeArea'

export const isGround = (layer: Pick<MapLayer, 'type'>): boolean => layer.type in grounds

/** Ground first, then the layers with many entities below those with few, so that nothing is covered whole. */
export function drawOrder(one: MapLayer, other: MapLayer): number {
  const place = (layer: MapLayer) => (isGround(layer) ? groundOrder.indexOf(layer.type) : groundOrder.length)
  return place(one) - place(other) || other.count - one.count
}

/** One of eight colours by the layer's place among the things of the list; ground has its own. */
export function colourOf(layer: MapLayer, layers: readonly MapLayer[]): string {
  const ground = grounds[layer.type]
  if (ground) return token(ground.colour)
  const place = layers.filter((one) => !isGround(one)).findIndex((one) => one.id === layer.id)
  return token(`--layer-${(Math.max(place, 0) % colours) + 1}`)
}

export function token(key: string): string {
  return getComputedStyle(document.documentElement).getPropertyValue(key).trim()
}

/** The drawing of one layer: hexagons that count from afar, areas, lines, and the points themselves from near. */
export function paintOf(layer: MapLayer, colour: string, regions: RegionNames): LayerSpecification[] {
  const { fill, line, dashed, namedFrom } = grounds[layer.type] ?? thing
  const part = (key: string) => ({ id: `${layer.id}/${key}`, source: layer.id, 'source-layer': key })
  return [
    { ...part('bins'), type: 'fill', paint: { 'fill-color': colour, 'fill-opacity': countOpacity, 'fill-antialias': false } },
    { ...part('areas'), type: 'fill', paint: { 'fill-color': colour, 'fill-opacity': fill } },
    {
      ...part('areas'),
      id: `${layer.id}/edges`,
      type: 'line',
      paint: { 'line-color': colour, 'line-width': line, ...(dashed ? { 'line-dasharray': [4, 2] } : {}) },
    },
    {
      ...part('lines'),
      type: 'line',
      layout: { 'line-cap': 'round', 'line-join': 'round' },
      paint: { 'line-color': colour, 'line-width': ['interpolate', ['exponential', 1.6], ['zoom'], 9, 0.8, 13, 2, 17, 8] },
    },
    {
      ...part('points'),
      type: 'circle',
      paint: {
        'circle-color': colour,
        'circle-radius': ['interpolate', ['linear'], ['zoom'], 8, 2.2, 12, 3.6, 16, 6],
        'circle-stroke-color': token('--land'),
        'circle-stroke-width': ['interpolate', ['linear'], ['zoom'], 10, 0.5, 14, 1.2],
      },
    },
    {
      ...part('points'),
      id: `${layer.id}/names`,
      type: 'symbol',
      minzoom: 14,
      layout: { 'text-field': name, 'text-font': font, 'text-size': 12, 'text-offset': [0, 0.9], 'text-anchor': 'top', 'text-optional': true },
      paint: { 'text-color': token('--text'), ...halo() },
    },
    {
      ...part('areaNames'),
      type: 'symbol',
      minzoom: namedFrom,
      layout: { 'text-field': areaName(layer, regions), 'text-font': font, 'text-size': 13, ...(layer.type === regionType ? steppingAside : { 'text-padding': 24 }) },
      paint: { 'text-color': token('--text'), ...halo(), 'text-halo-width': 2, 'text-halo-blur': 0.5 },
    },
  ]
}

/** An area has its name in one place, in whatever tiles it lies. */
export const areaName = (layer: MapLayer, regions: RegionNames): ExpressionSpecification => (layer.type === regionType ? regionName(layer, regions) : name)
const countOpacity: ExpressionSpecification = ['interpolate', ['linear'], ['log10', ['get', 'n']], 0, 0.12, 1, 0.26, 2, 0.42, 3.5, 0.66]
/** In its middle, else around it where no light lies. */
const steppingAside: SymbolLayerSpecification['layout'] = {
  'text-padding': 3,
  'text-variable-anchor-offset': ['center', [0, 0], 'bottom', [0, -0.8], 'top', [0, 0.8], 'left', [0.8, 0], 'right', [-0.8, 0], 'bottom-left', [0.6, -0.6], 'bottom-right', [-0.6, -0.6], 'top-left', [0.6, 0.6], 'top-right', [-0.6, 0.6]],
}
const halo = () => ({ 'text-halo-color': token('--land'), 'text-halo-width': 1.5 })
