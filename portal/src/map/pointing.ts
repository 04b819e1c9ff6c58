import type { Map as MapLibreMap, MapMouseEvent } from 'maplibre-gl'

/** What somebody who points at the map is told of. */
export interface Heard {
  entity: (id: string) => void
  marker?: (id: string) => void
  /** Where a place is being chosen: every click is one, whatever lies there. */
  picked?: (place: [number, number]) => void
}

/** Pixels around the pointer that still count. */
const reach = 5
/** Zooms that a click on many things at once goes nearer. */
const nearer = 2.5
const smallestFirst = ['Point', 'LineString', 'Polygon']

/** Who points is told of the smallest thing there. `layers`: those that can be pointed at. */
export function listenToPointing(map: MapLibreMap, layers: () => string[], heard: Heard): void {
  let hovered: MapMouseEvent | undefined
  const at = ({ point: { x, y } }: MapMouseEvent) => map.queryRenderedFeatures([[x - reach, y - reach], [x + reach, y + reach]], { layers: layers() })

  map.on('click', (event) => {
    if (heard.picked) return heard.picked([event.lngLat.lng, event.lngLat.lat])
    const features = at(event)
    const light = features.find((one) => one.properties.marker)
    if (light && heard.marker) return heard.marker(String(light.properties.marker))
    const rank = (type: string) => smallestFirst.findIndex((kind) => type.endsWith(kind))
    const [first] = features.filter((one) => one.properties.id).sort((one, other) => rank(one.geometry.type) - rank(other.geometry.type))
    if (first) heard.entity(String(first.properties.id))
    else if (features.length) map.easeTo({ center: event.lngLat, zoom: map.getZoom() + nearer })
  })

  /** What lies there is looked up once a frame, and not while the map itself is being moved: among many points that takes as long as drawing them. */
  map.on('mousemove', (event) => {
    const isAsked = hovered !== undefined
    hovered = event.originalEvent.buttons ? undefined : event
    if (isAsked || !hovered) return
    requestAnimationFrame(() => {
      const now = hovered
      hovered = undefined
      if (now && !map.isMoving()) map.getCanvas().style.cursor = at(now).length ? 'pointer' : ''
    })
  })
}
