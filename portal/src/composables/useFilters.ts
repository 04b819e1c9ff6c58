import { reactive, watch } from 'vue'
import { useRoute, useRouter } from 'vue-router'

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
  watch(filters, (chosen) => {
    const changed = Object.entries(chosen).filter(([name, value]) => value !== defaults[name])
    const others = Object.entries(route.query).filter(([name]) => !(name in defaults))
    void router.replace({ query: Object.fromEntries([...others, ...changed]) })
  })
  return filters
}
