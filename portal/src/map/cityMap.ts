import 'maplibre-gl/dist/maplibre-gl.css'
import {
  AttributionControl,
  Map as MapLibreMap,
  NavigationControl,
  ScaleControl,
  setWorkerUrl,
  type MapMouseEvent,
  type VectorTileSource,
} from 'maplibre-gl'
import workerUrl from 'maplibre-gl/dist/maplibre-gl-worker.mjs?worker&url'
import type { GeoJSONSource } from 'maplibre-gl'
import { tileAddress, type BaseMap, type MapLayer } from '@/api/map'
import { drawBaseMap, toneBaseMap } from './baseMap'
import { drawGraticule } from './graticule'
import { areaName, colourOf, paintOf, regionType, token } from './layerPaint'
import { collectionOf, drawShapes, type Marker } from './markers'
import { drawAnswered, drawHeat, drawPast, dropOverlays, overlays, shapeParts, type Shaped, type Spotted } from './overlays'
import type { RegionNames } from './regionNames'

setWorkerUrl(workerUrl)

export type Box = [number, number, number, number]
export interface Covered {
  left: number
  bottom: number
}
export interface Spot {
  lng: number
  lat: number
  zoom: number
}

interface Heard {
  entity: (id: string) => void
  moved: (spot: Spot, seen: Box) => void
  marker?: (id: string) => void
  /** Where a place is being chosen: every click is one, whatever lies there. */
  picked?: (place: [number, number]) => void
}

const nearer = 2.5
/** Streets can be told apart. */
const near = 14
const parts = ['bins', 'areas', 'edges', 'lines', 'points', 'names', 'areaNames']
const marked = 'marked'
const markers = 'markers'
const reach = 5
const smallestFirst = ['Point', 'LineString', 'Polygon']

/** The node's own layers on a quiet ground, or on a picture that the node hands on. Knows MapLibre, and nothing of pages. */
export class CityMap {
  private readonly map: MapLibreMap
  private readonly ready: Promise<unknown>
  private drawn = new Map<string, MapLayer>()
  private order: string[] = []
  private lights: readonly Marker[] = []
  private spotted: readonly Spotted[] = []
  private answered: readonly Shaped[] = []
  private heat: readonly Pick<Marker, 'place'>[] = []
  /** Newer than what is still being fetched: drawn when that has come. */
  private late = new Map<string, MapLayer>()
  private hovered: MapMouseEvent | undefined
  private regions: RegionNames = {}

  constructor(container: HTMLElement, heard: Heard, spot?: Spot) {
    this.map = new MapLibreMap({
      container,
      style: { version: 8, sources: {}, layers: [{ id: 'land', type: 'background', paint: { 'background-color': token('--land') } }] },
      center: spot ? [spot.lng, spot.lat] : [113, 34],
      zoom: spot?.zoom ?? 3.5,
      minZoom: 2,
      maxZoom: 20,
      attributionControl: false,
      dragRotate: false,
      pitchWithRotate: false,
    })
    this.map.touchZoomRotate.disableRotation()
    this.map.addControl(new NavigationControl({ showCompass: false }), 'bottom-right')
    this.map.addControl(new ScaleControl({ unit: 'metric' }), 'bottom-right')
    this.map.addControl(new AttributionControl({ compact: true }), 'bottom-right')
    this.ready = this.map.once('load')
    this.map.on('click', (event) => this.onClick(event, heard))
    this.map.on('mousemove', (event) => this.onHover(event))
    this.map.on('idle', () => this.drawLate())
    this.map.on('moveend', () => {
      const { lng, lat } = this.map.getCenter()
      heard.moved({ lng, lat, zoom: this.map.getZoom() }, this.seen())
    })
  }

  /** Draws these layers, ground first; a layer whose version has risen gets its tiles anew, the others stay. */
  async show(layers: readonly MapLayer[], all: readonly MapLayer[]): Promise<void> {
    await this.ready
    this.order = all.map((layer) => layer.id)
    const wanted = new Set(layers.map((layer) => layer.id))
    for (const id of this.drawn.keys()) if (!wanted.has(id)) this.remove(id)
    const isMore = layers.some(({ id }) => !this.drawn.has(id))
    for (const layer of layers) this.put(layer, colourOf(layer, all))
    if (isMore) this.raiseRegionNames()
  }

  /** Not before the map is there: a picture that is slow, or does not come, keeps nothing else waiting. */
  async lay(baseMap: BaseMap): Promise<void> {
    await this.ready
    drawBaseMap(this.map, baseMap)
  }

  /** For a place of which no map is published: lines of degrees, wherever one moves. */
  async showDegrees(): Promise<void> {
    await this.ready
    drawGraticule(this.map)
    this.map.on('moveend', () => drawGraticule(this.map))
  }

  /** Regions are called so from now on. */
  async call(regions: RegionNames): Promise<void> {
    await this.ready
    this.regions = regions
    for (const layer of this.drawn.values()) this.map.setLayoutProperty(`${layer.id}/areaNames`, 'text-field', areaName(layer, regions))
  }

  /** Everything again in the colours of the other theme. */
  async repaint(all: readonly MapLayer[]): Promise<void> {
    await this.ready
    this.map.setPaintProperty('land', 'background-color', token('--land'))
    toneBaseMap(this.map)
    const layers = [...this.drawn.values()]
    for (const layer of layers) this.remove(layer.id)
    await this.show(layers, all)
    dropOverlays(this.map)
    await this.putOverlays(this.spotted, this.heat)
    await this.putShapes(this.answered)
    if (!this.map.getLayer(markers)) return
    drawShapes(this.map)
    this.map.moveLayer(markers)
    await this.putMarkers(this.lights)
  }

  /** Where things were, and how close together cases lie, below the lights. */
  async putOverlays(spotted: readonly Spotted[], heat: readonly Pick<Marker, 'place'>[]): Promise<void> {
    await this.ready
    this.spotted = spotted
    this.heat = heat
    const above = this.map.getLayer(markers) ? markers : undefined
    if (heat.length || this.map.getLayer(overlays[0]!)) drawHeat(this.map, heat, above)
    if (spotted.length || this.map.getLayer(overlays[1]!)) drawPast(this.map, spotted, above)
  }

  /** Lines and areas of an answer, below the lights. */
  async putShapes(shapes: readonly Shaped[]): Promise<void> {
    await this.ready
    this.answered = shapes
    if (shapes.length || this.map.getLayer(shapeParts[0]!)) drawAnswered(this.map, shapes, this.map.getLayer(markers) ? markers : undefined)
  }

  /** `covered`: pixels on the left and below that something else lies on. */
  async fit([west, south, east, north]: Box, padding = 48, covered: Covered = { left: 0, bottom: 0 }): Promise<void> {
    await this.ready
    const sides = { top: padding, right: padding, left: padding + covered.left, bottom: padding + covered.bottom }
    this.map.fitBounds([west, south, east, north], { padding: sides, maxZoom: 15, animate: false })
  }

  /** A ring around the chosen entity; none without a place. */
  async mark(place: [number, number] | undefined, move: boolean): Promise<void> {
    await this.ready
    if (this.map.getLayer(marked)) this.map.removeLayer(marked)
    if (this.map.getSource(marked)) this.map.removeSource(marked)
    if (!place) return
    this.map.addSource(marked, { type: 'geojson', data: { type: 'Point', coordinates: place } })
    this.map.addLayer({
      id: marked,
      type: 'circle',
      source: marked,
      paint: { 'circle-radius': 11, 'circle-opacity': 0, 'circle-stroke-width': 2.5, 'circle-stroke-color': token('--text') },
    })
    if (move) this.map.jumpTo({ center: place, zoom: Math.max(this.map.getZoom(), near) })
  }

  /** Lights above everything else; those that were there before are gone. */
  async putMarkers(lights: readonly Marker[]): Promise<void> {
    await this.ready
    this.lights = lights
    const source = this.map.getSource<GeoJSONSource>(markers)
    if (source) return void source.setData(collectionOf(lights))
    drawShapes(this.map)
    this.map.addSource(markers, { type: 'geojson', data: collectionOf(lights) })
    this.map.addLayer({
      id: markers,
      type: 'symbol',
      source: markers,
      layout: { 'icon-image': ['get', 'image'], 'icon-allow-overlap': true, 'icon-ignore-placement': true, 'symbol-sort-key': ['get', 'rank'] },
    })
  }

  seen(): Box {
    const bounds = this.map.getBounds()
    return [bounds.getWest(), bounds.getSouth(), bounds.getEast(), bounds.getNorth()]
  }

  centre(): [number, number] {
    const { lng, lat } = this.map.getCenter()
    return [lng, lat]
  }

  resize(): void {
    this.map.resize()
  }

  remove(id: string): void {
    for (const part of parts) if (this.map.getLayer(`${id}/${part}`)) this.map.removeLayer(`${id}/${part}`)
    if (this.map.getSource(id)) this.map.removeSource(id)
    this.drawn.delete(id)
  }

  close(): void {
    this.map.remove()
  }

  private put(layer: MapLayer, colour: string): void {
    const before = this.drawn.get(layer.id)
    this.drawn.set(layer.id, layer)
    if (before?.version === layer.version) return
    if (before) return this.renew(layer)
    this.map.addSource(layer.id, { type: 'vector', tiles: [tileAddress(layer)], minzoom: 0, maxzoom: 18, bounds: layer.bbox })
    const above = this.lowestAbove(layer.id)
    for (const painted of paintOf(layer, colour, this.regions)) this.map.addLayer(painted, above)
  }

  /** However often a layer changes, its tiles are asked for anew only when those before have come. */
  private renew(layer: MapLayer): void {
    if (!this.map.isSourceLoaded(layer.id)) return void this.late.set(layer.id, layer)
    this.late.delete(layer.id)
    const source = this.map.getSource(layer.id) as VectorTileSource
    source.setTiles([tileAddress(layer)])
  }

  private drawLate(): void {
    for (const layer of [...this.late.values()]) {
      this.late.delete(layer.id)
      if (this.drawn.has(layer.id)) this.renew(layer)
    }
  }

  /** The first drawing of the next layer in the order that is on the map: a layer switched on again finds its place. */
  private lowestAbove(id: string): string | undefined {
    const next = this.order.slice(this.order.indexOf(id) + 1).find((one) => this.map.getLayer(`${one}/bins`))
    return next ? `${next}/bins` : this.lowestOverlay()
  }

  /** What a part of the city is called is read above all that lies in it, and below the lights. */
  private raiseRegionNames(): void {
    for (const { id, type } of this.drawn.values()) if (type === regionType) this.map.moveLayer(`${id}/areaNames`, this.lowestOverlay())
  }

  private lowestOverlay(): string | undefined {
    return [...overlays, ...shapeParts, markers].find((one) => this.map.getLayer(one))
  }

  private at(event: MapMouseEvent) {
    const layers = [markers, 'past', ...shapeParts, ...[...this.drawn.keys()].flatMap((id) => parts.map((part) => `${id}/${part}`))].filter((id) => this.map.getLayer(id))
    const { x, y } = event.point
    return this.map.queryRenderedFeatures([[x - reach, y - reach], [x + reach, y + reach]], { layers })
  }

  /** What lies there is looked up once a frame, and not while the map itself is being moved: among many points that takes as long as drawing them. */
  private onHover(event: MapMouseEvent): void {
    const isAsked = this.hovered !== undefined
    this.hovered = event.originalEvent.buttons ? undefined : event
    if (isAsked || !this.hovered) return
    requestAnimationFrame(() => {
      const now = this.hovered
      this.hovered = undefined
      if (now && !this.map.isMoving()) this.map.getCanvas().style.cursor = this.at(now).length ? 'pointer' : ''
    })
  }

  private onClick(event: MapMouseEvent, heard: Heard): void {
    if (heard.picked) return heard.picked([event.lngLat.lng, event.lngLat.lat])
    const features = this.at(event)
    const light = features.find((one) => one.properties.marker)
    if (light && heard.marker) return heard.marker(String(light.properties.marker))
    const rank = (type: string) => smallestFirst.findIndex((kind) => type.endsWith(kind))
    const [first] = features.filter((one) => one.properties.id).sort((one, other) => rank(one.geometry.type) - rank(other.geometry.type))
    if (first) heard.entity(String(first.properties.id))
    else if (features.length) this.map.easeTo({ center: event.lngLat, zoom: this.map.getZoom() + nearer })
  }
}
