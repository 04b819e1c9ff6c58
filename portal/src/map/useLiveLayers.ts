import type { LayerNews } from '@/api/live'
import { listLayers } from '@/api/map'
import { useLoad } from '@/composables/useLoad'
import { useLive } from './useLive'

/** The layers of the map, each with its newest version by itself; `cases` is called when a case has moved. */
export function useLiveLayers(cases: () => void = () => {}) {
  const load = useLoad((signal) => listLayers(signal))

  function take({ whole, layers }: LayerNews): void {
    const known = load.data.value
    if (!known) return
    const news = new Map(layers.map((layer) => [layer.id, layer]))
    const unknown = layers.some((layer) => !known.some((one) => one.id === layer.id))
    if (unknown || (whole && layers.length < known.length)) return void load.reload()
    load.data.value = known.map((layer) => ({ ...layer, ...news.get(layer.id) }))
  }

  /** Asking again what is denied would only fill the evidence. */
  const fresh = () => load.error.value?.denied || void load.reload()
  return { load, line: useLive({ layers: take, cases, fresh }) }
}
