import { useI18n } from 'vue-i18n'
import type { MapLayer } from '@/api/map'
import { useModels } from '@/composables/useModels'
import { useTitles } from '@/composables/useTitles'

/** What a mark beside the title says already. */
const demoWord = /\s*[（(](演示|demo)[)）]$/i

export function useLayerWords() {
  const { locale } = useI18n()
  const { typeName } = useModels()
  const { titleFor } = useTitles()
  /** A layer that nobody has titled is called by its dataset; its type stands below anyway. */
  function titleOf(layer: MapLayer): string {
    const title = layer.titles[locale.value] ?? layer.titles['zh-CN'] ?? ''
    const isUntitled = !title || title.startsWith(layer.type)
    if (isUntitled) return layer.dataset ? titleFor('', layer.dataset) : typeName(layer.type)
    return titleFor(layer.demo ? title.replace(demoWord, '') : title, layer.dataset || typeName(layer.type))
  }
  /** A type without model has no name but its own, which says little. */
  function sayType(layer: MapLayer): string {
    const name = typeName(layer.type)
    return name === layer.type || name === titleOf(layer) ? '' : name
  }
  return { titleOf, sayType }
}
