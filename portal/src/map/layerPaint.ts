import type { LayerSpecification } from 'maplibre-gl'
import type { MapLayer } from '@/api/map'

const ground = new Set(['AdministrativeArea', 'RoadSegment'])
const colours = 6

/** Districts and roads are the quiet ground; every other layer has one of six colours, by its place in the list. */
export function colourOf(layer: MapLayer, layers: readonly MapLayer[]): string {
  if (isGround(layer)) return token('--boundary')
  const place = layers.filter((one) => !isGround(one)).findIndex((one) => one.id === layer.id)
  return token(`--layer-${(Math.max(place, 0) % colours) + 1}`)
}

export const isGround = (layer: Pick<MapLayer, 'type'>): boolean => ground.has(layer.type)

export function token(name: string): string {
  return getComputedStyle(document.documentElement).getPropertyValue(name).trim()
}

/** The drawing of one layer: squares that count from afar, areas, lines, and the points themselves from near. */
export function paintOf(layer: MapLayer, colour: string): LayerSpecification[] {
  const source = layer.id
  const boundary = layer.type === 'AdministrativeArea'
  const road = layer.type === 'RoadSegment'
  const part = (name: string) => ({ id: `${layer.id}/${name}`, source, 'source-layer': name })
  return [
    {
      ...part('bins'),
      type: 'fill',
      paint: {
        'fill-color': colour,
        'fill-opacity': ['interpolate', ['linear'], ['log10', ['get', 'n']], 0, 0.18, 1, 0.38, 2, 0.6, 3.5, 0.9],
        'fill-antialias': false,
      },
    },
    { ...part('areas'), type: 'fill', paint: { 'fill-color': colour, 'fill-opacity': boundary ? 0.02 : 0.14 } },
    {
      ...part('areas'),
      id: `${layer.id}/edges`,
      type: 'line',
      paint: { 'line-color': colour, 'line-width': 1, ...(boundary ? { 'line-dasharray': [3, 2] } : {}) },
    },
    {
      ...part('lines'),
      type: 'line',
      layout: { 'line-cap': 'round', 'line-join': 'round' },
      paint: {
        'line-color': road ? token('--road') : colour,
        'line-width': ['interpolate', ['exponential', 1.6], ['zoom'], 9, 0.6, 13, 1.6, 17, 7],
      },
    },
    {
      ...part('points'),
      type: 'circle',
      paint: {
        'circle-color': colour,
        'circle-radius': ['interpolate', ['linear'], ['zoom'], 8, 2, 12, 3.2, 16, 6],
        'circle-stroke-color': token('--land'),
        'circle-stroke-width': ['interpolate', ['linear'], ['zoom'], 10, 0.4, 14, 1.2],
      },
    },
    {
      ...part('points'),
      id: `${layer.id}/names`,
      type: 'symbol',
      minzoom: 14,
      layout: {
        'text-field': ['coalesce', ['get', 'name'], ''],
        'text-font': ['Inter Variable', 'Noto Sans CJK SC', 'PingFang SC', 'Microsoft YaHei'],
        'text-size': 12,
        'text-offset': [0, 0.9],
        'text-anchor': 'top',
        'text-optional': true,
      },
      paint: { 'text-color': token('--text'), 'text-halo-color': token('--land'), 'text-halo-width': 1.5 },
    },
    {
      ...part('areas'),
      id: `${layer.id}/areaNames`,
      type: 'symbol',
      minzoom: 7,
      layout: {
        'text-field': ['coalesce', ['get', 'name'], ''],
        'text-font': ['Inter Variable', 'Noto Sans CJK SC', 'PingFang SC', 'Microsoft YaHei'],
        'text-size': 13,
      },
      paint: { 'text-color': token('--text-2'), 'text-halo-color': token('--land'), 'text-halo-width': 1.5 },
    },
  ]
}
