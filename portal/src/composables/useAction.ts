import { ref, shallowRef } from 'vue'
import type { ApiError } from '@/api/client'
import { asApiError } from './useLoad'
import { say } from './useToasts'

/** Runs a change at the node: busy while it runs, its error kept for the page, a sentence when it is done. */
export function useAction<Args extends unknown[], Result>(
  change: (...args: Args) => Promise<Result>,
  done?: (result: Result) => string | undefined | void,
) {
  const busy = ref(false)
  const error = shallowRef<ApiError>()

  async function run(...args: Args): Promise<Result | undefined> {
    busy.value = true
    error.value = undefined
    try {
      const result = await change(...args)
      const sentence = done?.(result)
      if (sentence) say(sentence)
      return result
    } catch (cause) {
      error.value = asApiError(cause)
      return undefined
    } finally {
      busy.value = false
    }
  }
  return { run, busy, error }
}
