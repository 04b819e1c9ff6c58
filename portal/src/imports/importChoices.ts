import { computed } from 'vue'
import { useI18n } from 'vue-i18n'
import { listModels } from '@/api/standards'
import { listOrganisations } from '@/api/organisations'
import type { Choice } from '@/components/SelectInput.vue'
import { useLoad } from '@/composables/useLoad'

const plain = (values: string[]): Choice[] => values.map((value) => ({ value, label: value }))

/** Choices of the upload form; "found out" stands first in each, because it is nearly always right. */
export function useImportChoices() {
  const { t, locale } = useI18n()
  const organisations = useLoad((signal) => listOrganisations(signal))
  const dataModels = useLoad((signal) => listModels(signal))
  const found = computed(() => ({ value: '', label: t('imports.foundOut') }))

  const owners = computed(() => [
    { value: '', label: t('imports.ownOrganisation') },
    ...(organisations.data.value ?? []).map((one) => ({ value: one.id, label: (locale.value === 'en' && one.name_en) || one.name })),
  ])
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
  return { owners, models, encodings, headers, systems }
}
