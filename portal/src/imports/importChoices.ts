import { computed } from 'vue'
import { useI18n } from 'vue-i18n'
import { listModels } from '@/api/standards'
import type { Choice } from '@/components/SelectInput.vue'
import { useLoad } from '@/composables/useLoad'

const plain = (values: string[]): Choice[] => values.map((value) => ({ value, label: value }))

/** Choices of the upload form; "found out" stands first in each, because it is nearly always right. */
export function useImportChoices() {
  const { t, locale } = useI18n()
  const dataModels = useLoad((signal) => listModels(signal))
  const found = computed(() => ({ value: '', label: t('imports.foundOut') }))

  const models = computed(() => [
    { value: '', label: t('imports.proposed') },
    ...(dataModels.data.value ?? []).map((model) => ({
      value: model.name,
      label: `${locale.value === 'en' ? model.title_en : model.title_zh} (${model.name})`,
    })),
  ])
  const encodings = computed(() => [found.value, ...plain(['UTF-8', 'GB18030', 'Big5', 'UTF-16'])])
  const headers = computed(() => [
    found.value,
    { value: 'true', label: t('imports.hasHeader') },
    { value: 'false', label: t('imports.noHeader') },
  ])
  const systems = computed(() => [found.value, ...plain(['EPSG:4326', 'EPSG:4490', 'GCJ-02', 'BD-09'])])
  return { models, encodings, headers, systems }
}
