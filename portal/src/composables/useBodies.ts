import { computed, ref } from 'vue'
import { useI18n } from 'vue-i18n'
import { pageOfOrganisations, type Organisation } from '@/api/organisations'
import { askedNames } from './askedNames'
import { may } from './useSession'

const bodies = askedNames(async (id) => {
  const { items } = await pageOfOrganisations({ id, limit: id.length }, new AbortController().signal)
  return items.map((one) => [one.id, one] as const)
})
/** By the regions that they have the whole of. */
const heads = askedNames(async (head) => {
  const { items } = await pageOfOrganisations({ head, limit: 500 }, new AbortController().signal)
  return items.flatMap((one) => (one.region ? [[one.region, one] as const] : [])).reverse()
})
/** By what they are called. */
const byName = askedNames(async (name) => {
  const { items } = await pageOfOrganisations({ name, limit: 500 }, new AbortController().signal)
  return items.map((one) => [one.name, one] as const)
})
/** Until it is known that there is none. */
const anyBody = ref(true)
let asking: Promise<void> | undefined

async function lookForAny(): Promise<void> {
  anyBody.value = (await pageOfOrganisations({ limit: 1 }, new AbortController().signal)).items.length > 0
}

/** A body has been registered or changed: asked for anew. */
export function learnBodies(): Promise<void> {
  bodies.forget()
  heads.forget()
  byName.forget()
  return lookForAny()
}

/** The bodies of the city by name, in English where they have one; those that are shown are asked for. Where they may not be read: what the node said, else their codes. */
export function useBodies() {
  const { locale } = useI18n()
  const readable = computed(() => may('organisation.read'))
  if (readable.value) asking ??= lookForAny().catch(() => void (asking = undefined))

  const nameOf = (one: Organisation) => (locale.value === 'en' && one.name_en) || one.name
  const bodyOf = (id: string) => (readable.value ? bodies.of(id) : undefined)
  function bodyName(id: string | null, said = ''): string {
    const found = bodyOf(id ?? '')
    return (found && nameOf(found)) || said || id || ''
  }
  /** In English, of a body that is told by its name. */
  function named(name: string): string {
    const found = readable.value && locale.value === 'en' ? byName.of(name) : undefined
    return found?.name_en || name
  }
  /** In English as the body that has the whole region: the one below none of the same. */
  function regionName(code: string, said = ''): string {
    const found = readable.value && locale.value === 'en' ? heads.of(code) : undefined
    return (found?.name_en ?? said) || code
  }
  async function findBodies(q: string, signal: AbortSignal) {
    const page = await pageOfOrganisations({ q, limit: 20 }, signal)
    bodies.learn(page.items.map((one) => [one.id, one] as const))
    return { choices: page.items.map((one) => ({ value: one.id, label: nameOf(one) })), more: Boolean(page.next) }
  }
  return { anyBody, bodyOf, bodyName, named, regionName, findBodies, readable }
}
