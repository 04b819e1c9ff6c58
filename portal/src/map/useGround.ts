import { computed, type ComputedRef } from 'vue'
import { listLayers, type MapLayer } from '@/api/map'
import { useLoad } from '@/composables/useLoad'
import { may } from '@/composables/useSession'
import { baseMap } from './baseMap'
import { drawOrder, isGround } from './layerPaint'

/** What a place is shown on: districts, roads and water; where the city has none of them, whatever it has. Empty for whom may see no map. `known`: the node has said what there is; `mapped`: there are such layers, or a picture. */
export function useGround(): { ground: ComputedRef<MapLayer[]>; known: ComputedRef<boolean>; mapped: ComputedRef<boolean> } {
  const load = useLoad(async (signal) => (may('map.read') ? listLayers(signal) : []))
  const known = computed(() => load.data.value !== undefined)
  const ground = computed(() => {
    const layers = load.data.value ?? []
    const ground = layers.filter(isGround)
    return [...(ground.length ? ground : layers)].sort(drawOrder)
  })
  const mapped = computed(() => ground.value.length > 0 || baseMap.value !== undefined)
  return { ground, known, mapped }
}
