import { computed, onScopeDispose, ref, shallowRef, watch, type Ref, type WatchSource } from 'vue'
import type { ApiError, Page } from '@/api/client'
import { asApiError, type Load } from './useLoad'

export interface Pages<T> extends Load<T[]> {
  total: Ref<number | undefined>
  ended: Ref<boolean>
  more: () => Promise<void>
  /** Reads again as far as was read, so that who has scrolled stays where they are. */
  refresh: () => Promise<void>
}

/** A list that grows page by page with the node's `next` token; starts anew when a source changes. No page: what is to be asked for is not known yet. */
export function usePages<T>(
  fetcher: (after: string | undefined, signal: AbortSignal) => Promise<Page<T> | undefined>,
  ...sources: WatchSource[]
): Pages<T> {
  const data = shallowRef<T[]>()
  const error = shallowRef<ApiError>()
  const pending = ref(false)
  const next = ref<string | null>(null)
  const total = ref<number>()
  let running: AbortController | undefined

  /** The part behind `after`, and the following ones until `least` rows are there. */
  async function load(after?: string, least = 0): Promise<void> {
    running?.abort()
    const mine = (running = new AbortController())
    pending.value = true
    try {
      let page = await fetcher(after, mine.signal)
      if (mine.signal.aborted || !page) return
      let items = after === undefined ? page.items : [...(data.value ?? []), ...page.items]
      while (page.next && items.length < least) {
        page = await fetcher(page.next, mine.signal)
        if (mine.signal.aborted || !page) return
        items = [...items, ...page.items]
      }
      data.value = items
      next.value = page.next ?? null
      total.value = page.total ?? undefined
      error.value = undefined
    } catch (cause) {
      if (!mine.signal.aborted) error.value = asApiError(cause)
    } finally {
      if (running === mine) pending.value = false
    }
  }

  const reload = () => load()
  const refresh = () => load(undefined, data.value?.length)
  const more = async () => {
    if (next.value && !pending.value) await load(next.value)
  }

  if (sources.length) watch(sources, () => void reload())
  void reload()
  onScopeDispose(() => running?.abort())
  return { data, error, pending, reload, refresh, more, total, ended: computed(() => next.value === null) }
}
