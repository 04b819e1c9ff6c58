import { computed } from 'vue'
import { useI18n } from 'vue-i18n'
import { readRegionNames } from '@/api/map'
import { useBodies } from '@/composables/useBodies'
import { useLoad } from '@/composables/useLoad'
import { may } from '@/composables/useSession'

/** The statistical code that ends the id. */
const regionCode = /:(\d{6,12})$/

/** What regions are called in English, by their ids: as the body of the region, else in pinyin; none in Chinese, where their own names do. */
export function useRegionNames() {
  const { locale } = useI18n()
  const { regionName } = useBodies()
  const load = useLoad(async (signal) => (locale.value === 'en' && may('entity.read') ? readRegionNames(signal) : []), locale)
  return computed(() => Object.fromEntries((load.data.value ?? []).map((one) => [one.id, regionName(regionCode.exec(one.id)?.[1] ?? one.id, one.pinyinName)])))
}
