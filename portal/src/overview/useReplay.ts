import { computed, type Ref } from 'vue'
import type { MapLayer } from '@/api/map'
import { readPastCases, readPastLayer, type PastLayer } from '@/api/overview'
import { workLight } from '@/cases/due'
import { useLoad } from '@/composables/useLoad'
import { may } from '@/composables/useSession'
import { colourOf } from '@/map/layerPaint'
import type { Marker } from '@/map/markers'
import type { Spotted } from '@/map/overlays'
import type { District } from '@/map/useDistricts'

/** Above this the tiles of a layer that stands still say more than some of its points. */
const most = 1_000

/** The map as it was at a moment; nothing while there is none. */
export function useReplay(at: Ref<string>, layers: Ref<MapLayer[]>, all: Ref<MapLayer[]>, district: Ref<District | undefined>) {
  const box = computed(() => district.value?.box.join())
  const points = computed(() => layers.value.filter((layer) => layer.drawn === 'points'))
  const asked = () => `${at.value} ${box.value} ${points.value.map((layer) => layer.id).join()}`
  const things = useLoad(async (signal) => {
    if (!at.value) return []
    const found = await Promise.allSettled(points.value.map((layer) => readPastLayer(layer.id, at.value, box.value, signal)))
    return found.flatMap((one, place) => (one.status === 'fulfilled' ? [{ layer: points.value[place]!, past: one.value }] : []))
  }, asked)
  const cases = useLoad(async (signal) => (at.value && may('case.read') ? readPastCases(at.value, district.value?.id, signal) : undefined), () => `${at.value} ${box.value}`)

  const drawn = computed(() => (at.value ? (things.data.value ?? []).filter(({ layer, past }) => past.moved || layer.count <= most) : []))
  const spotted = computed<Spotted[]>(() => drawn.value.flatMap(({ layer, past }) => spots(layer, past)))
  const spots = (layer: MapLayer, past: PastLayer): Spotted[] => {
    const colour = colourOf(layer, all.value)
    return past.items.map(([id, name, lon, lat]) => ({ id, name, place: [lon, lat], colour }))
  }
  /** Their tiles show the present: they are not drawn meanwhile. */
  const replaced = computed(() => new Set(drawn.value.map(({ layer }) => layer.id)))
  const markers = computed<Marker[]>(() => {
    const then = Date.parse(at.value)
    return (cases.data.value?.items ?? []).map((one) => ({ id: one.id, place: [one.lon, one.lat], light: workLight(undefined, one.due, then) }))
  })
  const partial = computed(() => cases.data.value?.more === true || drawn.value.some(({ past }) => past.more))
  const pending = computed(() => things.pending.value || cases.pending.value)
  const error = computed(() => cases.error.value ?? things.error.value)
  return { spotted, replaced, markers, partial, pending, error }
}
