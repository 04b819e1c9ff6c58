import { computed, ref, watch, type ComputedRef } from 'vue'
import type { Pages } from './usePages'

export interface Portions<T> {
  shown: ComputedRef<T[]>
  /** For what stands below the list. */
  rest: Pick<Pages<T>, 'ended' | 'pending' | 'more'>
}

/** Of a list that is all here so many are drawn at once; another list is begun anew, one that has grown goes on. */
export function usePortions<T>(all: () => readonly T[], atOnce = 100): Portions<T> {
  const drawn = ref(atOnce)
  watch(all, (now, before) => now[0] === before[0] || (drawn.value = atOnce))
  const more = () => Promise.resolve(void (drawn.value += atOnce))
  return { shown: computed(() => all().slice(0, drawn.value)), rest: { ended: computed(() => drawn.value >= all().length), pending: ref(false), more } }
}
