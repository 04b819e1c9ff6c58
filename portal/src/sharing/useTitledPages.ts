import { shallowRef, type WatchSource } from 'vue'
import type { TitledPage } from '@/api/client'
import { usePages } from '@/composables/usePages'
import { useTitles } from '@/composables/useTitles'

/** A list that grows page by page, and what its datasets are called. */
export function useTitledPages<T>(fetcher: (after: string | undefined, signal: AbortSignal) => Promise<TitledPage<T>>, ...sources: WatchSource[]) {
  const { titleFor } = useTitles()
  const titles = shallowRef<Record<string, string>>({})
  const list = usePages<T>(async (after, signal) => {
    const page = await fetcher(after, signal)
    titles.value = { ...titles.value, ...page.titles }
    return page
  }, ...sources)
  const entryName = (dataset: string) => titleFor(titles.value[dataset], dataset)
  return { list, entryName }
}
