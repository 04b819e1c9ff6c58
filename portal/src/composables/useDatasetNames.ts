import { shallowRef } from 'vue'
import { listDatasets } from '@/api/quality'
import { may } from './useSession'
import { useTitles } from './useTitles'

const titles = shallowRef<ReadonlyMap<string, string>>(new Map())
let asking: Promise<void> | undefined

/** Datasets by their titles, asked for once. */
export function useDatasetNames() {
  const { titleFor } = useTitles()
  if (may('dataset.read')) asking ??= listDatasets({ limit: 500 }, new AbortController().signal)
    .then(({ items }) => void (titles.value = new Map(items.map(({ name, title }) => [name, title]))))
    .catch(() => void (asking = undefined))

  const datasetName = (name: string) => titleFor(titles.value.get(name), name)
  return { datasetName }
}
