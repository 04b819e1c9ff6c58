import type { FeatureCollection, Geometry } from 'geojson'
import type { ExpressionSpecification, GeoJSONSource, Map as MapLibreMap } from 'maplibre-gl'
import type { Light } from '@/components/StatusLight.vue'
import { token } from './layerPaint'

/** A point that no tile has: where something was. */
export interface Spotted {
  id: string
  name: string | null
  place: [number, number]
  colour: string
}

/** A line or an area that no tile has; drawn in the colour of its light, where it has one. */
export interface Shaped {
  id: string
  geometry: Geometry
  light?: Light
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
        'heatmap-radius': ['interpolate', ['exponential', 1.6], ['zoom'], 8, 30, 12, 64, 16, 120],
        'heatmap-intensity': 1.1,
        'heatmap-color': ['interpolate', ['linear'], ['heatmap-density'], 0, clear(), 0.1, clear(40), 0.5, clear(130), 1, clear(215)],
      },
    },
    above,
  )
}

export const shapeParts = ['shapes', 'shapeLines']

/** Lines and areas of an answer, below the lights; pressed like them. */
export function drawAnswered(map: MapLibreMap, shapes: readonly Shaped[], above?: string): void {
  const data: FeatureCollection = { type: 'FeatureCollection', features: shapes.map(({ id, geometry, light }) => ({ type: 'Feature', geometry, properties: { marker: id, colour: token(`--${light && light !== 'active' ? light : 'accent'}`), width: light ? 5 : 2 } })) }
  if (putData(map, shapeParts[0]!, data)) return
  const colour: ExpressionSpecification = ['get', 'colour']
  map.addLayer({ id: shapeParts[0]!, type: 'fill', source: shapeParts[0]!, filter: ['==', ['geometry-type'], 'Polygon'], paint: { 'fill-color': colour, 'fill-opacity': 0.16 } }, above)
  map.addLayer({ id: shapeParts[1]!, type: 'line', source: shapeParts[0]!, layout: { 'line-cap': 'round', 'line-join': 'round' }, paint: { 'line-color': colour, 'line-width': ['get', 'width'] } }, above)
}

export const overlays = [heatId, pastId]

/** Taken away, to be drawn anew in the colours of the other theme. */
export function dropOverlays(map: MapLibreMap): void {
  const all = [...overlays, ...shapeParts]
  for (const id of all) if (map.getLayer(id)) map.removeLayer(id)
  for (const id of all) if (map.getSource(id)) map.removeSource(id)
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
