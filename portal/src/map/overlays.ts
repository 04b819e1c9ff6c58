import type { FeatureCollection } from 'geojson'
import type { GeoJSONSource, Map as MapLibreMap } from 'maplibre-gl'
import { token } from './layerPaint'

/** A point that no tile has: where something was. */
export interface Spotted {
  id: string
  name: string | null
  place: [number, number]
  colour: string
}

const pastId = 'past'
const heatId = 'heat'

/** Points in the colour of their layer, below everything in `above`; none takes them away. */
export function drawPast(map: MapLibreMap, spotted: readonly Spotted[], above?: string): void {
  if (putData(map, pastId, collection(spotted, ({ id, name, colour }) => ({ id, name, colour })))) return
  map.addLayer(
    {
      id: pastId,
      type: 'circle',
      source: pastId,
      paint: {
        'circle-color': ['get', 'colour'],
        'circle-radius': ['interpolate', ['linear'], ['zoom'], 8, 2.2, 12, 3.6, 16, 6],
        'circle-stroke-color': token('--land'),
        'circle-stroke-width': 1,
      },
    },
    above,
  )
}

/** How close together the places lie: one hue, by opacity. */
export function drawHeat(map: MapLibreMap, places: readonly { place: [number, number] }[], above?: string): void {
  if (putData(map, heatId, collection(places, () => ({})))) return
  map.addLayer(
    {
      id: heatId,
      type: 'heatmap',
      source: heatId,
      paint: {
        'heatmap-radius': ['interpolate', ['exponential', 1.6], ['zoom'], 8, 14, 12, 34, 16, 90],
        'heatmap-intensity': 0.7,
        'heatmap-color': ['interpolate', ['linear'], ['heatmap-density'], 0, clear(), 0.15, clear(28), 0.6, clear(140), 1, clear(210)],
      },
    },
    above,
  )
}

export const overlays = [heatId, pastId]

/** Taken away, to be drawn anew in the colours of the other theme. */
export function dropOverlays(map: MapLibreMap): void {
  for (const id of overlays) {
    if (map.getLayer(id)) map.removeLayer(id)
    if (map.getSource(id)) map.removeSource(id)
  }
}

function clear(opacity = 0): string {
  return `${token('--bad')}${opacity.toString(16).padStart(2, '0')}`
}

/** Whether the layer was there already. */
function putData(map: MapLibreMap, id: string, data: FeatureCollection): boolean {
  const source = map.getSource<GeoJSONSource>(id)
  if (!source) map.addSource(id, { type: 'geojson', data })
  else source.setData(data)
  return Boolean(map.getLayer(id))
}

function collection<T extends { place: [number, number] }>(points: readonly T[], properties: (one: T) => Record<string, unknown>): FeatureCollection {
  return {
    type: 'FeatureCollection',
    features: points.map((one) => ({ type: 'Feature', geometry: { type: 'Point', coordinates: one.place }, properties: properties(one) })),
  }
}
