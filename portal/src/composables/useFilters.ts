import { onScopeDispose, reactive, watch } from 'vue'
import { onBeforeRouteLeave, useRoute, useRouter } from 'vue-router'

/** Filters that live in the URL: reading them reads the query, setting them replaces it. */
export function useFilters<T extends Record<string, string>>(defaults: T): T {
  const route = useRoute()
  const router = useRouter()
  const home = route.path
  const fromUrl = (name: string) => {
    const value = route.query[name]
    return typeof value === 'string' ? value : (defaults[name] ?? '')
  }
  const read = () => Object.fromEntries(Object.keys(defaults).map((name) => [name, fromUrl(name)])) as T
  const filters = reactive(read()) as T

  watch(
    () => route.query,
    () => {
      if (route.path === home) Object.assign(filters, read())
    },
  )
  const isLeaving = useLeaving()
  watch(filters, (chosen) => {
    if (isLeaving()) return
    const changed = Object.entries(chosen).filter(([name, value]) => value !== defaults[name])
    const others = Object.entries(route.query).filter(([name]) => !(name in defaults))
    void router.replace({ query: Object.fromEntries([...others, ...changed]) })
  })
  return filters
}

/** Whether somebody is on the way to another page: it may still have to be fetched, and a change of the address here would call them back. */
function useLeaving(): () => boolean {
  const router = useRouter()
  let leaving = false
  const stays = () => void (leaving = false)
  onBeforeRouteLeave(() => void (leaving = true))
  const unhook = [router.afterEach(stays), router.onError(stays)]
  onScopeDispose(() => unhook.forEach((stop) => stop()))
  return () => leaving
}
