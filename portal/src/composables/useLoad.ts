import { onScopeDispose, ref, shallowRef, watch, type Ref, type WatchSource } from 'vue'
import { ApiError } from '@/api/client'

export interface Load<T> {
  data: Ref<T | undefined>
  error: Ref<ApiError | undefined>
  pending: Ref<boolean>
  reload: () => Promise<void>
}

/** Fetches now and whenever a source changes; the old data stay until the new ones have come. */
export function useLoad<T>(fetcher: (signal: AbortSignal) => Promise<T>, ...sources: WatchSource[]): Load<T> {
  const data = shallowRef<T>()
  const error = shallowRef<ApiError>()
  const pending = ref(false)
  let running: AbortController | undefined

  async function reload(): Promise<void> {
    running?.abort()
    const mine = (running = new AbortController())
    pending.value = true
    try {
      data.value = await fetcher(mine.signal)
      error.value = undefined
    } catch (cause) {
      if (mine.signal.aborted) return
      error.value = asApiError(cause)
    } finally {
      if (running === mine) pending.value = false
    }
  }

  if (sources.length) watch(sources, () => void reload())
  void reload()
  onScopeDispose(() => running?.abort())
  return { data, error, pending, reload }
}

export function asApiError(cause: unknown): ApiError {
  return cause instanceof ApiError ? cause : new ApiError(-1, String(cause))
}
