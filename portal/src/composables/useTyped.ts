import { ref, watch, type Ref } from 'vue'

const typingPause = 200

/** What is typed into a search, which becomes the filter `q` when the typing pauses; a filter set elsewhere shows in the field. */
export function useTyped(filters: { q: string }): Ref<string> {
  const typed = ref(filters.q)
  let timer: ReturnType<typeof setTimeout> | undefined
  watch(typed, (text) => {
    clearTimeout(timer)
    timer = setTimeout(() => (filters.q = text.trim()), typingPause)
  })
  watch(() => filters.q, (text) => text !== typed.value.trim() && (typed.value = text))
  return typed
}
