import { onScopeDispose, ref, shallowRef } from 'vue'
import type { ApiError } from '@/api/client'
import { runQuery, type Answer } from '@/api/workbench'
import { asApiError } from '@/composables/useLoad'

/** Runs one query at a time; a new one ends the one before, and the old answer stays until the new one has come. */
export function useAnswer() {
  const answer = shallowRef<Answer>()
  const error = shallowRef<ApiError>()
  const busy = ref(false)
  const took = ref(0)
  const asked = ref('')
  let running: AbortController | undefined

  async function run(sql: string): Promise<boolean> {
    running?.abort()
    const mine = (running = new AbortController())
    const began = performance.now()
    busy.value = true
    error.value = undefined
    try {
      answer.value = await runQuery(sql, mine.signal)
      asked.value = new Date().toISOString()
      took.value = (performance.now() - began) / 1000
      return true
    } catch (cause) {
      if (!mine.signal.aborted) error.value = asApiError(cause)
      return false
    } finally {
      if (running === mine) busy.value = false
    }
  }
  function stop(): void {
    running?.abort()
    busy.value = false
  }
  onScopeDispose(stop)
  return { answer, error, busy, took, asked, run, stop }
}
