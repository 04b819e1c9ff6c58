import { computed, onScopeDispose, shallowReactive, shallowRef, toValue, watchEffect, type ComputedRef, type MaybeRefOrGetter, type Ref } from 'vue'
import type { RouteLocationRaw } from 'vue-router'
import type { Load } from './useLoad'

interface Failed {
  cause: string
  reload: () => Promise<void>
  isSeen: () => boolean
}

/** The parts of a page that have failed, in the order in which they stand there. */
const failed = shallowReactive(new Map<number, Failed>())
let parts = 0

/** Where the page that is open came from. */
export const wayBack = shallowRef<RouteLocationRaw>()

export function useWayBack(back: MaybeRefOrGetter<RouteLocationRaw | undefined>): void {
  watchEffect(() => (wayBack.value = toValue(back)))
  onScopeDispose(() => wayBack.value === toValue(back) && (wayBack.value = undefined))
}

/** Whether this part is the one that says why: of several that fail by the same cause the first does, and asks again for all of them. */
export function usePageFaults<T>(load: Load<T>, element: Ref<HTMLElement | undefined>): { tells: ComputedRef<boolean>; retry: () => Promise<void> } {
  const part = parts++
  watchEffect(() => {
    const error = load.error.value
    if (!error || error.denied) failed.delete(part)
    else failed.set(part, { cause: `${error.status} ${error.message}`, reload: load.reload, isSeen: () => element.value?.checkVisibility?.() !== false })
  })
  onScopeDispose(() => failed.delete(part))
  const alike = computed(() => {
    const cause = failed.get(part)?.cause
    return [...failed].filter(([, one]) => one.cause === cause && one.isSeen()).sort(([one], [other]) => one - other)
  })
  const tells = computed(() => (alike.value[0]?.[0] ?? part) === part)
  const retry = async () => {
    const all = alike.value.map(([, one]) => one.reload)
    await Promise.all((all.length ? all : [load.reload]).map((reload) => reload()))
  }
  return { tells, retry }
}
