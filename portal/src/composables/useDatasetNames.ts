import { shallowRef } from 'vue'
import { allPages } from '@/api/allPages'
import { listDatasets } from '@/api/quality'
import { may } from './useSession'
import { useTitles } from './useTitles'

const titles = shallowRef<ReadonlyMap<string, string>>(new Map())
let asking: Promise<void> | undefined

/** Datasets by their titles, asked for once. */
export function useDatasetNames() {
  const { titleFor } = useTitles()
  if (may('dataset.read')) asking ??= allPages((after) => listDatasets({ after, limit: 500 }, new AbortController().signal))
    .then((found) => void (titles.value = new Map(found.map(({ name, title }) => [name, title]))))
    .catch(() => void (asking = undefined))

  const datasetName = (name: string) => titleFor(titles.value.get(name), name)
  return { datasetName }
}
