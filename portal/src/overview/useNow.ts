import { onScopeDispose, ref, type Ref } from 'vue'

const tickMs = 5_000

/** The present moment, for as long as it is wanted. */
export function useNow(wanted: Ref<boolean>): Ref<string> {
  const now = ref(new Date().toISOString())
  const timer = setInterval(() => wanted.value && (now.value = new Date().toISOString()), tickMs)
  onScopeDispose(() => clearInterval(timer))
  return now
}
