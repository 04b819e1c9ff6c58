import { shallowRef } from 'vue'
import { useI18n } from 'vue-i18n'
import { listDatasets } from '@/api/quality'
import { may } from './useSession'

const titles = shallowRef<ReadonlyMap<string, string>>(new Map())
let asking: Promise<void> | undefined

/** Datasets by their titles, which are in Chinese; an English reader is told the name. Asked for once. */
export function useDatasetNames() {
  const { locale } = useI18n()
  if (may('dataset.read')) asking ??= listDatasets({ limit: 500 }, new AbortController().signal)
    .then(({ items }) => void (titles.value = new Map(items.map(({ name, title }) => [name, title]))))
    .catch(() => void (asking = undefined))

  const datasetName = (name: string) => (locale.value === 'en' ? name : titles.value.get(name) || name)
  return { datasetName }
}
