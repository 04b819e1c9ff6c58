import type { Map as MapLibreMap, VectorTileSource } from 'maplibre-gl'
import { tileAddress, type MapLayer } from '@/api/map'
import { areaName, colourOf, paintOf, regionType } from './layerPaint'
import type { RegionNames } from './regionNames'

const parts = ['bins', 'areas', 'edges', 'lines', 'points', 'names', 'areaNames']

/** The node's layers as they lie on the map: ground first, each with the tiles of its newest version. */
export class LayerTiles {
  private readonly map: MapLibreMap
  /** What lies above all of them; none as long as nothing does. */
  private readonly ceiling: () => string | undefined
  private readonly lights: () => string | undefined
  private readonly drawn = new Map<string, MapLayer>()
  private order: string[] = []
  /** Newer than what is still being fetched: drawn when that has come. */
  private readonly late = new Map<string, MapLayer>()
  private regions: RegionNames = {}

  constructor(map: MapLibreMap, ceiling: () => string | undefined, lights: () => string | undefined) {
    this.map = map
    this.ceiling = ceiling
    this.lights = lights
    map.on('idle', () => this.drawLate())
  }

  /** A layer whose version has risen gets its tiles anew, the others stay. */
  show(layers: readonly MapLayer[], all: readonly MapLayer[]): void {
    this.order = all.map((layer) => layer.id)
    const wanted = new Set(layers.map((layer) => layer.id))
    for (const id of this.drawn.keys()) if (!wanted.has(id)) this.remove(id)
    const isMore = layers.some(({ id }) => !this.drawn.has(id))
    for (const layer of layers) this.put(layer, colourOf(layer, all))
    if (isMore) this.raiseRegionNames()
  }

  /** What a part of the city is called is read above all that lies in it and was laid over it; only for lights it steps aside. */
  raiseRegionNames(): void {
    const names = [...this.drawn.values()].filter(({ type }) => type === regionType).map(({ id }) => `${id}/areaNames`)
    const lights = this.lights()
    const order = this.map.getLayersOrder()
    const end = lights ? order.indexOf(lights) : order.length
    const highest = order.slice(Math.max(0, end - names.length), end)
    if (!names.every((id) => highest.includes(id))) names.forEach((id) => this.map.moveLayer(id, lights))
  }

  /** Regions are called so from now on. */
  call(regions: RegionNames): void {
    this.regions = regions
    for (const layer of this.drawn.values()) this.map.setLayoutProperty(`${layer.id}/areaNames`, 'text-field', areaName(layer, regions))
  }

  /** Everything again in the colours of the other theme. */
  repaint(all: readonly MapLayer[]): void {
    const layers = [...this.drawn.values()]
    for (const layer of layers) this.remove(layer.id)
    this.show(layers, all)
  }

  /** All that is drawn of them, as the map calls it. */
  get painted(): string[] {
    return [...this.drawn.keys()].flatMap((id) => parts.map((part) => `${id}/${part}`)).filter((id) => this.map.getLayer(id))
  }

  private remove(id: string): void {
    for (const part of parts) if (this.map.getLayer(`${id}/${part}`)) this.map.removeLayer(`${id}/${part}`)
    if (this.map.getSource(id)) this.map.removeSource(id)
    this.drawn.delete(id)
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
    return next ? `${next}/bins` : this.ceiling()
  }
}
