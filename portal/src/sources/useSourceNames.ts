import type { Source } from '@/api/sources'
import { useDatasetNames } from '@/composables/useDatasetNames'

/** A source is called as the dataset that it brings; beside that stands its own name, where it is another. */
export function useSourceNames() {
  const { datasetName } = useDatasetNames()
  const sourceNames = ({ dataset, title, name }: Source): string[] => [...new Set([datasetName(dataset, title), name])]
  return { sourceNames }
}
