import type { FeatureCollection } from 'geojson'
import type { GeoJSONSource, Map as MapLibreMap } from 'maplibre-gl'
import { token } from './layerPaint'

const id = 'graticule'
/** Degrees between two lines, the widest first; on a screen there are some five to each side. */
const steps = [30, 10, 5, 2, 1, 0.5, 0.2, 0.1, 0.05, 0.02, 0.01, 0.005, 0.002, 0.001, 0.0005, 0.0002, 0.0001]
const linesWanted = 5

/** Meridians and parallels with their degrees, for a place of which no map is published: with the scale they say how far a step is. */
export function drawGraticule(map: MapLibreMap): void {
  const data = linesOf(map)
  const source = map.getSource<GeoJSONSource>(id)
  if (source) return void source.setData(data)
  map.addSource(id, { type: 'geojson', data })
  map.addLayer({ id, type: 'line', source: id, paint: { 'line-color': token('--boundary'), 'line-width': 0.7, 'line-opacity': 0.7 } })
  map.addLayer({
    id: `${id}/degrees`,
    type: 'symbol',
    source: id,
    layout: { 'symbol-placement': 'line', 'text-field': ['get', 'degrees'], 'text-font': ['Inter Variable', 'Noto Sans CJK SC'], 'text-size': 12 },
    paint: { 'text-color': token('--text-2'), 'text-halo-color': token('--land'), 'text-halo-width': 2 },
  })
}

function linesOf(map: MapLibreMap): FeatureCollection {
  const bounds = map.getBounds()
  const [west, south, east, north] = [bounds.getWest(), bounds.getSouth(), bounds.getEast(), bounds.getNorth()]
  const step = steps.find((one) => (east - west) / one >= linesWanted) ?? steps.at(-1)!
  const digits = Math.max(0, -Math.floor(Math.log10(step)))
  const line = (degree: number, coordinates: [number, number][]) => ({
    type: 'Feature' as const,
    geometry: { type: 'LineString' as const, coordinates },
    properties: { degrees: `${degree.toFixed(digits)}°` },
  })
  const along = (from: number, to: number) => Array.from({ length: Math.floor(to / step) - Math.ceil(from / step) + 1 }, (_, at) => (Math.ceil(from / step) + at) * step)
  return {
    type: 'FeatureCollection',
    features: [
      ...along(west, east).map((lon) => line(lon, [[lon, south], [lon, north]])),
      ...along(south, north).map((lat) => line(lat, [[west, lat], [east, lat]])),
    ],
  }
}
