import type { Map as MapLibreMap } from 'maplibre-gl'
import { computed } from 'vue'
import type { BaseMap } from '@/api/map'
import { may, node } from '@/composables/useSession'
import { token } from './layerPaint'

const id = 'baseMap'
const side = 256

/** The picture below all layers, where the settings of the node name one. */
export const baseMap = computed(() => (may('map.read') ? (node.value?.base_map ?? undefined) : undefined))

/** Right above the bare land. A tile that does not come leaves the land as it is. */
export function drawBaseMap(map: MapLibreMap, { tiles, attribution, deepest }: BaseMap): void {
  const above = map.getStyle().layers[1]?.id
  map.addSource(id, { type: 'raster', tiles: [location.origin + tiles], tileSize: side, maxzoom: deepest, attribution: plain(attribution) })
  map.addLayer({ id, type: 'raster', source: id, paint: tones() }, above)
}

/** In the tones of the theme that is on now. */
export function toneBaseMap(map: MapLibreMap): void {
  if (!map.getLayer(id)) return
  for (const [name, value] of Object.entries(tones())) map.setPaintProperty(id, name as keyof ReturnType<typeof tones>, value)
}

/** Quieter than the layers above it, so that these are read on whatever picture, by day and by night. */
const tones = () => ({
  'raster-opacity': Number(token('--base-map-opacity')),
  'raster-saturation': Number(token('--base-map-saturation')),
  'raster-brightness-max': Number(token('--base-map-brightest')),
})

/** The engine takes an attribution for HTML. */
function plain(text: string): string {
  const element = document.createElement('span')
  element.textContent = text
  return element.innerHTML
}
