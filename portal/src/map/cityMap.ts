import 'maplibre-gl/dist/maplibre-gl.css'
import {
  AttributionControl,
  Map as MapLibreMap,
  NavigationControl,
  ScaleControl,
  setWorkerUrl,
} from 'maplibre-gl'
import workerUrl from 'maplibre-gl/dist/maplibre-gl-worker.mjs?worker&url'
import type { GeoJSONSource } from 'maplibre-gl'
import type { BaseMap, MapLayer } from '@/api/map'
import { drawBaseMap, toneBaseMap } from './baseMap'
import { drawGraticule } from './graticule'
import { token } from './layerPaint'
import { LayerTiles } from './layerTiles'
import { collectionOf, drawShapes, type Marker } from './markers'
import { drawAnswered, drawHeat, drawPast, dropOverlays, overlays, shapeParts, type Shaped, type Spotted } from './overlays'
import { listenToPointing, type Heard } from './pointing'
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

/** Streets can be told apart. */
const near = 14
const marked = 'marked'
const markers = 'markers'

/** The node's own layers on a quiet ground, or on a picture that the node hands on. Knows MapLibre, and nothing of pages. */
export class CityMap {
  private readonly map: MapLibreMap
  private readonly ready: Promise<unknown>
  private readonly tiles: LayerTiles
  private lights: readonly Marker[] = []
  private spotted: readonly Spotted[] = []
  private answered: readonly Shaped[] = []
  private heat: readonly Pick<Marker, 'place'>[] = []

  constructor(container: HTMLElement, heard: Heard & { moved: (spot: Spot, seen: Box) => void }, spot?: Spot) {
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
    this.tiles = new LayerTiles(this.map, () => this.lowestOverlay(), () => this.markerLayer)
    listenToPointing(this.map, () => [...this.pointable, ...this.tiles.painted], heard)
    this.map.on('moveend', () => {
      const { lng, lat } = this.map.getCenter()
      heard.moved({ lng, lat, zoom: this.map.getZoom() }, this.seen())
    })
  }

  /** Draws these layers, ground first; a layer whose version has risen gets its tiles anew, the others stay. */
  async show(layers: readonly MapLayer[], all: readonly MapLayer[]): Promise<void> {
    await this.ready
    this.tiles.show(layers, all)
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
    this.tiles.call(regions)
  }

  /** Everything again in the colours of the other theme. */
  async repaint(all: readonly MapLayer[]): Promise<void> {
    await this.ready
    this.map.setPaintProperty('land', 'background-color', token('--land'))
    toneBaseMap(this.map)
    this.tiles.repaint(all)
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
    const above = this.markerLayer
    if (heat.length || this.map.getLayer(overlays[0]!)) drawHeat(this.map, heat, above)
    if (spotted.length || this.map.getLayer(overlays[1]!)) drawPast(this.map, spotted, above)
    this.tiles.raiseRegionNames()
  }

  /** Lines and areas of an answer, below the lights. */
  async putShapes(shapes: readonly Shaped[]): Promise<void> {
    await this.ready
    this.answered = shapes
    if (shapes.length || this.map.getLayer(shapeParts[0]!)) drawAnswered(this.map, shapes, this.markerLayer)
    this.tiles.raiseRegionNames()
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

  /** Lights above everything else, and names keep clear of them; those that were there before are gone. */
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
      layout: { 'icon-image': ['get', 'image'], 'icon-allow-overlap': true, 'symbol-sort-key': ['get', 'rank'] },
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

  close(): void {
    this.map.remove()
  }

  private get markerLayer(): string | undefined {
    return this.map.getLayer(markers) ? markers : undefined
  }

  /** What lies above the layers and answers a click. */
  private get pointable(): string[] {
    return [markers, 'past', ...shapeParts].filter((one) => this.map.getLayer(one))
  }

  private lowestOverlay(): string | undefined {
    return [...overlays, ...shapeParts, markers].find((one) => this.map.getLayer(one))
  }
}
